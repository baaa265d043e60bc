/* SPDX-License-Identifier: MIT */
/* malloc_events.c -- events of every sort with the watch armed: ordinary ones, of
 * a second thread, of an object another thread destroyed, and one that is a bug
 * and is reported. Says what the watch caught, and whether errno stayed. */
#include "ext.h"

#include <dlfcn.h>
#include <errno.h>
#include <stdio.h>

static int errno_changed;
static void (*arm)(int); /* not while a thread is made: that allocates */

static void
take_and_drop(PyObject *object)
{
    errno = EXDEV;
    Py_IncRef(object);
    Py_DecRef(object);
    errno_changed |= errno != EXDEV;
}

static void
on_thread(void *object)
{
    PyObject *made = PyList_New(2);

    arm(1);
    take_and_drop(object);
    take_and_drop(made);
    take_and_drop(Py_None);
    Py_DecRef(made);
    arm(0);
}

static void
without_a_thread_state(void *object)
{
    arm(1);
    errno = EXDEV;
    Py_DecRef(object); /* the bug */
    errno_changed |= errno != EXDEV;
    arm(0);
}

static PyObject *
run(PyObject *self, PyObject *object)
{
    long (*caught)(void) =
        (long (*)(void))dlsym(RTLD_DEFAULT, "malloc_watch_caught");

    arm = (void (*)(int))dlsym(RTLD_DEFAULT, "malloc_watch_arm");
    on_thread(object);
    EXT_THREAD(on_thread, object);
    EXT_THREAD_DETACHED(without_a_thread_state, object);
    printf("allocations in refsan: %ld\n", caught());
    if (errno_changed)
        printf("errno changed\n");
    fflush(stdout);
    return PyBool_FromLong(errno_changed);
}

EXT_MODULE(t, EXT_O(run))
