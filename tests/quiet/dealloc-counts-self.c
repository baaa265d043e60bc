/* SPDX-License-Identifier: MIT */
/* A dealloc that keeps its object alive while it calls out: the count goes from
 * 0 to 1 and back, as Cython's generated code and the interpreter's own do it.
 * The calls are what a stable-ABI build makes of Py_INCREF; the way back is a
 * set, not a decref.
 *
 * trap: a dealloc that keeps its object alive
 * run:
 *   import t
 *   for _ in range(100):
 *       t.make_and_drop()
 */
#include "ext.h"

static void
careful_dealloc(PyObject *self)
{
    PyTypeObject *type = Py_TYPE(self);
    PyObject *made;

    Py_IncRef(self);
    EXT_ENTERED("a dealloc that keeps its object alive",
                ext_refcount(self) == 1);
    made = PyUnicode_FromFormat("%p", (void *)self);
    Py_XDECREF(made);
    Py_SET_REFCNT(self, 0);
    PyObject_Free(self);
    Py_DECREF(type);
}

EXT_TYPE(careful_spec, "t.Careful", careful_dealloc);

static PyObject *
make_and_drop(PyObject *self, PyObject *unused)
{
    PyObject *type = PyType_FromSpec(&careful_spec);
    PyObject *object = PyObject_CallNoArgs(type);

    Py_DecRef(object);
    object = PyObject_CallNoArgs(type);
    Py_DECREF(object);
    Py_DECREF(type);
    Py_RETURN_NONE;
}

EXT_MODULE(t, EXT_NOARGS(make_and_drop))
