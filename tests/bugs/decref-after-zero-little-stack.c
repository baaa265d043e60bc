/* SPDX-License-Identifier: MIT */
/* decref-after-zero: a worker with a small stack releases its list twice. There
 * the interpreter puts deallocs off, and the list stays in its trashcan, with a
 * count of zero, until the stack has room.
 *
 * like: python/cpython#109496
 * needs: births, >=3.14
 * run: import t; t.work()
 * exit: 66
 * report:
 *   refsan: decref-after-zero: decref of an object whose reference count had already reached zero
 *     object  ADDR  <list>  refcount ..., dying
 *     decref by thread T2 ...:
 *       #0 in worker decref-after-zero-little-stack.c:@second
 *     skipped  refsan skipped the operation so that the process can continue
 *     reference count reached zero in decref by thread T2 ...:
 *       #0 in worker decref-after-zero-little-stack.c:@first
 *     ...
 *     suppress decref-after-zero:worker
 *     ...
 */
#include "ext.h"

#include <pthread.h>

/* Less than the interpreter keeps free for itself. */
#define STACK_BYTES (64 * 1024)

static void *
worker(void *unused)
{
    PyGILState_STATE state = PyGILState_Ensure();
    PyObject *list = PyList_New(0);

    Py_DecRef(list); // @first
#ifndef FIXED
    Py_DecRef(list); // @second
#endif
    PyGILState_Release(state);
    return unused;
}

static PyObject *
work(PyObject *self, PyObject *unused)
{
    pthread_attr_t little;
    pthread_t thread;
    int error;

    pthread_attr_init(&little);
    error = pthread_attr_setstacksize(&little, STACK_BYTES);
    Py_BEGIN_ALLOW_THREADS
    error = error || pthread_create(&thread, &little, worker, NULL) ||
            pthread_join(thread, NULL);
    Py_END_ALLOW_THREADS
    pthread_attr_destroy(&little);
    if (error)
        return PyErr_Format(PyExc_OSError, "no thread");
    Py_RETURN_NONE;
}

EXT_MODULE(t, EXT_NOARGS(work))
