/* SPDX-License-Identifier: MIT */
/* instrumented.c -- each operation that instrument.h redefines, in C and C++, for
 * instrumented-headers-compile.py. Never run. */
#define PY_SSIZE_T_CLEAN
#include "Python.h"
#include <Python.h>
#include <structmember.h>
#include "Python.h"

#ifndef PY_SSIZE_T_CLEAN
#error "what was defined before the include is gone"
#endif

typedef void (*operation)(PyObject *);

static const operation take = &Py_IncRef;
static const operation give = Py_DecRef;
static PyObject *kept;
static PyTypeObject *kept_type;

PyObject *count(PyObject *self, PyObject *object);
PyObject *store(PyObject *self, PyObject *object);
PyObject *lock(PyObject *self, PyObject *object);

PyObject *
count(PyObject *Py_UNUSED(self), PyObject *object)
{
    PyObject *other = Py_XNewRef(object);

    take(object), give(object);
    (Py_IncRef)(object);
    (Py_DecRef)(object);
    Py_IncRef(object);
    Py_DecRef(object);
    if (Py_REFCNT(object) == 1)
        Py_INCREF(object), Py_DECREF(object);
    else
        Py_XINCREF(object);
    Py_XDECREF(object);
    (void)Py_NewRef(object);
    kept = object ? Py_XNewRef(object) : _Py_NULL;
    Py_SET_REFCNT(object, Py_REFCNT(object) - 1);
    Py_CLEAR(kept);
    Py_CLEAR(other);
    if (kept_type)
        Py_CLEAR(kept_type);
    else
        Py_CLEAR(*(&kept));
    Py_RETURN_NONE;
}

PyObject *
store(PyObject *self, PyObject *object)
{
#ifndef Py_LIMITED_API
    PyObject *list = PyList_New(2), *pair = PyTuple_New(1);
    PyObject **slot = &PyTuple_GET_ITEM(pair, 0);
    size_t index = 0;

    PyList_SET_ITEM(list, 0, Py_NewRef(object));
    PyList_SET_ITEM(list, 1, _Py_NULL);
    (PyTuple_SET_ITEM(pair, 0, Py_NewRef(object)), (void)slot);
    (void)PyList_GET_ITEM(list, index);
    PyList_GET_ITEM(list, 0) = *slot;
    (void)PySequence_Fast_GET_ITEM(list, 0);
    (void)PyCell_GET(self);
    PyCell_SET(self, Py_NewRef(object));
    Py_SETREF(list, Py_NewRef(pair));
    Py_XSETREF(list, _Py_NULL);
    if (pair)
        Py_XSETREF(kept_type, Py_TYPE(object));
    else
        Py_SETREF(kept_type, &PyList_Type);
    Py_DECREF(pair);
#else
    (void)self, (void)object;
#endif
    Py_RETURN_NONE;
}

PyObject *
lock(PyObject *self, PyObject *object)
{
    (void)self, (void)object;
#ifdef PyMutex_Lock
    static PyMutex mutex;

    PyMutex_Lock(&mutex);
    PyMutex_Unlock(&mutex);
#endif
#ifdef Py_BEGIN_CRITICAL_SECTION
    Py_BEGIN_CRITICAL_SECTION(object);
    Py_BEGIN_CRITICAL_SECTION2(self, object);
    Py_END_CRITICAL_SECTION2();
    Py_END_CRITICAL_SECTION();
#endif
    Py_BEGIN_ALLOW_THREADS
    Py_BLOCK_THREADS
    Py_UNBLOCK_THREADS
    Py_END_ALLOW_THREADS
    Py_RETURN_NONE;
}
