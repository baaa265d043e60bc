/* SPDX-License-Identifier: MIT */
/* small_stack: reference operations of a handler on an alternate stack of a
 * given size, and of a thread with a small stack. For test_small_stacks.py. */
#include "ext.h"

#include <signal.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>

#define PAINT 0x5a
#define BELOW ((size_t)256 << 10) /* what an overrun would meet */

static PyObject *object;
static int is_detached;

static __attribute__((noinline)) void
operate(int unused)
{
    PyThreadState *saved = is_detached ? PyEval_SaveThread() : NULL;

    (void)unused;
    Py_IncRef(object);
    if (saved != NULL)
        PyEval_RestoreThread(saved);
    Py_DecRef(object);
}

static void
do_nothing(int unused)
{
    (void)unused;
}

/* Runs the handler on an alternate stack; how deep did it get? */
static size_t
depth_of(size_t size, void (*handler)(int))
{
    unsigned char *memory = mmap(NULL, BELOW + size, PROT_READ | PROT_WRITE,
                                 MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    stack_t stack = {.ss_sp = memory + BELOW, .ss_size = size}, before;
    struct sigaction action = {.sa_handler = handler, .sa_flags = SA_ONSTACK};
    size_t at = 0;

    memset(memory, PAINT, BELOW + size);
    if (sigaltstack(&stack, &before) != 0 ||
        sigaction(SIGUSR2, &action, NULL) != 0 || raise(SIGUSR2) != 0 ||
        sigaltstack(&before, NULL) != 0)
        abort();
    while (at < BELOW + size && memory[at] == PAINT)
        at++;
    munmap(memory, BELOW + size);
    return BELOW + size - at;
}

/* on_signal(object, size, is_detached): (bytes used, by an empty handler) */
static PyObject *
on_signal(PyObject *self, PyObject *args)
{
    Py_ssize_t size;
    size_t used, empty;

    if (!PyArg_ParseTuple(args, "Onp", &object, &size, &is_detached))
        return NULL;
    empty = depth_of((size_t)size, do_nothing);
    used = depth_of((size_t)size, operate);
    return Py_BuildValue("nn", (Py_ssize_t)used, (Py_ssize_t)empty);
}

static void *
run_thread(void *unused)
{
    PyGILState_STATE state = PyGILState_Ensure();

    operate(0);
    PyGILState_Release(state);
    return unused;
}

/* in_thread(object, stack size) */
static PyObject *
in_thread(PyObject *self, PyObject *args)
{
    Py_ssize_t size;
    pthread_attr_t attributes;
    pthread_t thread;

    if (!PyArg_ParseTuple(args, "On", &object, &size))
        return NULL;
    is_detached = 0;
    pthread_attr_init(&attributes);
    if (pthread_attr_setstacksize(&attributes, (size_t)size) != 0 ||
        pthread_create(&thread, &attributes, run_thread, NULL) != 0)
        abort();
    Py_BEGIN_ALLOW_THREADS
    pthread_join(thread, NULL);
    Py_END_ALLOW_THREADS
    Py_RETURN_NONE;
}

EXT_MODULE(demo, EXT_VARARGS(on_signal) EXT_VARARGS(in_thread))
