/* SPDX-License-Identifier: MIT */
/* pairs.c -- an extension that tests/bench/instrumented.py measures, in
 * processor time: the machine may be busy with something else. */
#include "ext.h"

#include <time.h>

static double
now_ns(void)
{
    struct timespec now;

    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    return (double)now.tv_sec * 1e9 + (double)now.tv_nsec;
}

/* The compiler must not see that the two cancel each other. */
#define FORGET() __asm__ volatile("" ::: "memory")

static PyObject *
inline_pair(PyObject *self, PyObject *args)
{
    PyObject *object;
    long count;
    double start;

    if (!PyArg_ParseTuple(args, "Ol", &object, &count))
        return NULL;
    start = now_ns();
    for (long i = 0; i < count; i++) {
        Py_INCREF(object);
        FORGET();
        Py_DECREF(object);
        FORGET();
    }
    return PyFloat_FromDouble((now_ns() - start) / (double)count);
}

EXT_MODULE(pairs, EXT_VARARGS(inline_pair))
