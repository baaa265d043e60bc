/* SPDX-License-Identifier: MIT */
/* callers.c -- counts through a helper, as smart pointers do; instrumented. */
#include "ext.h"

static __attribute__((noinline)) void
hold(PyObject *object)
{
    Py_INCREF(object);
}

static PyObject *
copy(PyObject *self, PyObject *object)
{
    hold(object);
    Py_DECREF(object);
    Py_RETURN_NONE;
}

static PyObject *
detached(PyObject *self, PyObject *object)
{
    Py_BEGIN_ALLOW_THREADS
    Py_INCREF(object);
    Py_END_ALLOW_THREADS
    Py_DECREF(object);
    Py_RETURN_NONE;
}

EXT_MODULE(t, EXT_O(copy) EXT_O(detached))
