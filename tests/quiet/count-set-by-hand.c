/* SPDX-License-Identifier: MIT */
/* Counts set by hand where it is right: an object taken from a free list, one
 * that has not been shown to anybody, and one that is immortal, where it does
 * nothing. On default builds also in the dealloc itself.
 *
 * needs: >=3.13
 * trap: a count set by hand
 * run:
 *   import t
 *   for _ in range(100):
 *       t.churn()
 */
#include "ext.h"

static PyObject *spare;

static void
node_dealloc(PyObject *self)
{
    PyTypeObject *type = Py_TYPE(self);

#ifndef Py_GIL_DISABLED
    _Py_SetRefcnt(self, 1); /* … for the time of a callback … */
    _Py_SetRefcnt(self, 0);
#endif
    if (spare == NULL) {
        spare = self; /* with its reference to the type */
        return;
    }
    PyObject_Free(self);
    Py_DECREF(type);
}

EXT_TYPE(node_spec, "t.Node", node_dealloc);

static PyObject *
churn(PyObject *self, PyObject *unused)
{
    PyObject *type = PyType_FromSpec(&node_spec);
    PyObject *node = PyObject_CallNoArgs(type);
    PyObject *list = PyList_New(0);

    spare = NULL;
    Py_DECREF(node);
    EXT_ENTERED("a count set by hand", spare == node);
    _Py_SetRefcnt(node, 1);
    if (ext_refcount(node) != 1)
        abort();
    Py_IncRef(node);
    Py_DecRef(node);
    Py_DECREF(node);
    _Py_SetRefcnt(list, 3);
    if (ext_refcount(list) != 3)
        abort();
    Py_DecRef(list);
    Py_DecRef(list);
    Py_DecRef(list);
    _Py_SetRefcnt(Py_None, 5);
    Py_DECREF(type);
    Py_RETURN_NONE;
}

EXT_MODULE(t, EXT_NOARGS(churn))
