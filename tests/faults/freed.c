/* SPDX-License-Identifier: MIT */
/* For test_freed_memory.py: releases too many, and objects that come back. */
#include "ext.h"

static PyObject *spare;

static void
node_dealloc(PyObject *self)
{
    PyTypeObject *type = Py_TYPE(self);

    PyObject_Free(self);
    Py_DECREF(type);
}

/* Keeps the memory, header and all. */
static void
spare_dealloc(PyObject *self)
{
    spare = self;
}

EXT_TYPE(node_spec, "freed.Node", node_dealloc);
EXT_TYPE(spare_spec, "freed.Spare", spare_dealloc);

static PyObject *
node_type(PyObject *self, PyObject *unused)
{
    return PyType_FromSpec(&node_spec);
}

/* Functions of their own, because a bug is known by its function. */
#define RELEASE_TWICE(number)                                                 \
    static PyObject *release_twice_##number(PyObject *self, PyObject *make)   \
    {                                                                         \
        PyObject *made = PyObject_CallNoArgs(make);                           \
                                                                              \
        if (made == NULL)                                                     \
            return NULL;                                                      \
        Py_DecRef(made);                                                      \
        Py_DecRef(made);                                                      \
        Py_RETURN_NONE;                                                       \
    }
#define EIGHT(X, tens)                                                        \
    X(tens##0)                                                                \
    X(tens##1)                                                                \
    X(tens##2) X(tens##3) X(tens##4) X(tens##5) X(tens##6) X(tens##7)
#define ALL(X)                                                                \
    EIGHT(X, 0) EIGHT(X, 1) EIGHT(X, 2) EIGHT(X, 3) EIGHT(X, 4) EIGHT(X, 5)
ALL(RELEASE_TWICE)

/* Out of a free list that the module has, by a count that it writes. */
static PyObject *
come_back(PyObject *self, PyObject *unused)
{
    PyObject *type = PyType_FromSpec(&spare_spec);

    Py_DecRef(PyObject_CallNoArgs(type));
    for (int i = 0; i < 10; i++) {
        Py_SET_REFCNT(spare, 1);
        Py_IncRef(spare);
        Py_DecRef(spare);
        Py_DecRef(spare);
    }
    Py_DECREF(type);
    Py_RETURN_NONE;
}

/* Uses an object as any function may. */
static PyObject *
use(PyObject *self, PyObject *object)
{
    Py_IncRef(object);
    Py_DecRef(object);
    Py_RETURN_NONE;
}

#define METHOD(number) EXT_O(release_twice_##number)
EXT_MODULE(freed,
           EXT_NOARGS(node_type) ALL(METHOD) EXT_NOARGS(come_back) EXT_O(use))
