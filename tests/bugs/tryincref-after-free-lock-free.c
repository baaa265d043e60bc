/* SPDX-License-Identifier: MIT */
/* tryincref-after-free: a look-up reads a pointer from the map, and uses it
 * when the dealloc has long taken it out: the lock that both take was released
 * in between.
 *
 * like: python/cpython#128844
 * needs: >=3.14 births
 * run: import t; t.race()
 * exit: 66
 * report:
 *   refsan: tryincref-after-free: PyUnstable_TryIncRef on memory that is no longer the object
 *     object  ADDR  ...
 *     TryIncRef by thread ... 'worker' ...:
 *       #0 ADDR in look_up ...tryincref-after-free-lock-free.c:@try ...
 *       #...
 *     because  its deallocation is over
 *     ...
 */
#include "ext.h"

static PyObject *registered;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct ext_gate found, released;

static void
look_up(void *unused)
{
    PyObject *object;
    int got;

    pthread_mutex_lock(&lock);
    object = registered;
#ifdef FIXED
    got = object != NULL && PyUnstable_TryIncRef(object);
#endif
    pthread_mutex_unlock(&lock);
    ext_gate_open(&found);
    ext_gate_wait(&released);
#ifndef FIXED
    got = object != NULL && PyUnstable_TryIncRef(object); // @try
#endif
    if (got)
        Py_DECREF(object);
}

static PyObject *
race(PyObject *self, PyObject *unused)
{
    PyObject *object = PyList_New(0);
    struct ext_thread reader = {.function = look_up, .is_attached = 1};

    PyUnstable_EnableTryIncRef(object);
    registered = object;
    ext_gate_make(&found);
    ext_gate_make(&released);
    ext_thread_start(&reader);
    ext_gate_wait(&found);
    pthread_mutex_lock(&lock);
    registered = NULL; /* what its dealloc does */
    pthread_mutex_unlock(&lock);
    Py_DecRef(object);
    ext_gate_open(&released);
    ext_thread_join(&reader);
    Py_RETURN_NONE;
}

EXT_MODULE(t, EXT_NOARGS(race))
