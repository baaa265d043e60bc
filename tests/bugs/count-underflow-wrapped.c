/* SPDX-License-Identifier: MIT */
/* count-underflow: an inline decref has wrapped the counter; the object now
 * looks immortal to every test, and the next release that is a call shows it.
 *
 * needs: gil >=3.14
 * run: import t; t.release_thrice()
 * exit: 66
 * report:
 *   refsan: count-underflow: the reference count went below zero
 *     object  ADDR  <t.Node>  ...
 *     decref by thread T1 ...:
 *       #0 ADDR in release_thrice ...count-underflow-wrapped.c:@third ...
 *       #...
 *     because  its count is already below zero
 *     ...
 */
#include "ext.h"

static PyObject *kept;

static void
node_dealloc(PyObject *self)
{
    kept = self;
}

EXT_TYPE(node_spec, "t.Node", node_dealloc);

static PyObject *
release_thrice(PyObject *self, PyObject *unused)
{
    PyObject *type = PyType_FromSpec(&node_spec);
    PyObject *node = PyObject_CallNoArgs(type);

    Py_DECREF(node);
#ifndef FIXED
    Py_DECREF(node); /* 0 becomes 0xffffffff */
    Py_DecRef(node); // @third
#endif
    return type;
}

EXT_MODULE(t, EXT_NOARGS(release_thrice))
