/* SPDX-License-Identifier: MIT */
/* count-underflow: a release too many of an object that its type's free list
 * keeps, so that no allocator notices.
 *
 * Births and deaths are switched off: what is left is the header itself.
 *
 * run: import t; t.release_twice()
 * options: births=0
 * exit: 66
 * story:
 *   count-underflow-free-list.c:@second: error: t.Node released more often than it was owned [count-underflow]
 *     decref, main thread
 *       NUM | Py_DecRef(node); // @second
 *            release_twice < run.py:1
 *     last decref before that, main thread
 *       NUM | Py_DecRef(node);
 *            release_twice < run.py:1
 *     object    <t.Node> ADDR, refcount 0
 *     fix       find the release without a reference in the object's history;
 *               Py_CLEAR, and getters that return a strong reference
 *               (PyList_GetItemRef), make most of them impossible
 *     more      refsan explain count-underflow
 * report:
 *   refsan: count-underflow: the reference count went below zero
 *     object  ADDR  <t.Node>  refcount ...
 *     decref by thread T1 'python...':
 *       #0 in release_twice count-underflow-free-list.c:@second
 *       #1 in <module> run.py:1 (python)
 *     skipped  refsan skipped the operation so that the process can continue
 *     last operation seen before it: decref by thread T1 'python...':
 *       #0 in release_twice count-underflow-free-list.c:NUM
 *       #1 in <module> run.py:1 (python)
 *     history  oldest first: thread, operation, refcount, place
 *       1.  T1   decref              1 -> 0     in release_twice count-underflow-free-list.c:NUM
 *       2.  T1   decref              skipped    in release_twice count-underflow-free-list.c:@second
 *     fix      find the release without a reference in the object's history; Py_CLEAR, and getters that return a strong reference (PyList_GetItemRef), make most of them impossible
 *     suppress count-underflow:release_twice
 *     docs     docs/reports.md#count-underflow
 */
#include "ext.h"

static PyObject *kept;

static void
node_dealloc(PyObject *self)
{
    kept = self; /* for the next Node; its type stays referenced */
}

EXT_TYPE(node_spec, "t.Node", node_dealloc);

static PyObject *
release_twice(PyObject *self, PyObject *unused)
{
    PyObject *type = PyType_FromSpec(&node_spec);
    PyObject *node = PyObject_CallNoArgs(type);

    Py_DecRef(node);
#ifndef FIXED
    Py_DecRef(node); // @second
#endif
    return type;
}

EXT_MODULE(t, EXT_NOARGS(release_twice))
