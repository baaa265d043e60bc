/* SPDX-License-Identifier: MIT */
/* dealloc-discipline: a dealloc that lends its object a reference by macro,
 * which compiles to plain stores; the object was enabled for TryIncRef. Its
 * type inherits the dealloc, and Python code drops it.
 *
 * needs: ft >=3.14 instrumented
 * run:
 *   import t
 *   thing = t.Derived()
 *   t.publish(thing)
 *   del thing
 * exit: 66
 * story:
 *   dealloc-discipline-inherited.c:@set: error: t.Derived given references while it is deallocated [dealloc-discipline]
 *     reference count set, main thread
 *       NUM | Py_SET_REFCNT(self, 1); // @set
 *            base_dealloc < run.py:4
 *     deallocation began, main thread at run.py:4
 *     because   a weak reference or PyUnstable_EnableTryIncRef has marked it;
 *               ownership was given up (counts merged) …
 *     object    <t.Derived> ADDR, created by main thread at run.py:2
 *     history   main thread  enabled for TryIncRef  2 -> 2  publish:NUM
 *               main thread  reference count set    0 -> 1  base_dealloc:NUM
 *     fix       let nothing see the object in tp_dealloc, and do not touch its
 *               count; where a finalizer or a callback may bring it back to life,
 *               call PyObject_CallFinalizerFromDealloc first …
 *     more      refsan explain dealloc-discipline
 * report:
 *   refsan: dealloc-discipline: the object was given references while its deallocation runs
 *     object  ADDR  <t.Derived>  ...
 *     reference count set by thread T1 ...:
 *       #0 ADDR in base_dealloc ...dealloc-discipline-inherited.c:@set ...
 *       #...
 *     because  a weak reference or PyUnstable_EnableTryIncRef has marked it
 *              ...
 *     ...
 */
#include "ext.h"

static void
base_dealloc(PyObject *self)
{
#ifndef FIXED
    Py_SET_REFCNT(self, 1); // @set
#endif
    PyErr_CheckSignals();
#ifndef FIXED
    Py_SET_REFCNT(self, 0);
#endif
    Py_TYPE(self)->tp_free(self);
}

static PyTypeObject Base = {
    PyVarObject_HEAD_INIT(NULL, 0).tp_name = "t.Base",
    .tp_basicsize = sizeof(PyObject),
    .tp_flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_BASETYPE,
    .tp_dealloc = base_dealloc,
    .tp_new = PyType_GenericNew,
};

static PyTypeObject Derived = {
    PyVarObject_HEAD_INIT(NULL, 0).tp_name = "t.Derived",
    .tp_basicsize = sizeof(PyObject),
    .tp_flags = Py_TPFLAGS_DEFAULT,
    .tp_base = &Base,
};

static PyObject *
publish(PyObject *self, PyObject *thing)
{
    PyUnstable_EnableTryIncRef(thing);
    Py_RETURN_NONE;
}

static int
add_type(PyObject *module)
{
    return PyModule_AddType(module, &Derived);
}

EXT_MODULE_EXEC(t, add_type, EXT_O(publish))
