/* SPDX-License-Identifier: MIT */
/* dealloc-discipline: a dealloc lends its object a reference by hand while it
 * calls out. A worker had the object, too, and may find it in a list of its own
 * that counts nothing. The release that begins the dealloc is Python code's.
 *
 * needs: ft >=3.14
 * run:
 *   import t, threading
 *   box = t.Box()
 *   worker = threading.Thread(target=t.use, args=(box,))
 *   worker.start()
 *   worker.join()
 *   del worker, box
 * exit: 66
 * story:
 *   dealloc-discipline-other-thread.c:@set: error: t.Box given references while it is deallocated [dealloc-discipline]
 *     reference count set, main thread
 *       NUM | _Py_SetRefcnt(self, Py_REFCNT(self) + change); // @set
 *            guard < box_dealloc:NUM < run.py:6
 *     deallocation began, main thread at run.py:6
 *     first incref by another thread, T2 'Thread-1 (use)' (ended)
 *       NUM | Py_IncRef(box);
 *            use < … 3 frames of threading
 *     because   another thread has operated on it; its deallocation is running on
 *               this thread
 *     object    <t.Box> ADDR, created by main thread at run.py:2
 *     history   T2 'Thread-1 (use)'  incref               2 -> 3  use:NUM
 *               T2 'Thread-1 (use)'  decref               3 -> 2  use:NUM
 *               main thread          reference count set  0 -> 1  guard:NUM
 *     fix       let nothing see the object in tp_dealloc, and do not touch its
 *               count; where a finalizer or a callback may bring it back to life,
 *               call PyObject_CallFinalizerFromDealloc first …
 *     more      refsan explain dealloc-discipline
 * report:
 *   refsan: dealloc-discipline: the object was given references while its deallocation runs
 *     object  ADDR  <t.Box>  ...
 *     reference count set by thread T1 ...:
 *       #0 ADDR in guard ...dealloc-discipline-other-thread.c:@set ...
 *       #1 ADDR in box_dealloc ...
 *       #...
 *     because  another thread has operated on it
 *              ...
 *     ...
 */
#include "ext.h"

static PyTypeObject Box;

static __attribute__((noinline)) void
guard(PyObject *self, int change)
{
    _Py_SetRefcnt(self, Py_REFCNT(self) + change); // @set
    __asm__ volatile("" : : : "memory");           /* no jump */
}

static void
box_dealloc(PyObject *self)
{
#ifndef FIXED
    guard(self, 1);
#endif
    PyErr_CheckSignals();
#ifndef FIXED
    guard(self, -1);
#else
    (void)guard;
#endif
    Py_TYPE(self)->tp_free(self);
}

static PyTypeObject Box = {
    PyVarObject_HEAD_INIT(NULL, 0).tp_name = "t.Box",
    .tp_basicsize = sizeof(PyObject),
    .tp_flags = Py_TPFLAGS_DEFAULT,
    .tp_dealloc = box_dealloc,
    .tp_new = PyType_GenericNew,
};

static PyObject *
use(PyObject *self, PyObject *box)
{
    Py_IncRef(box);
    Py_DecRef(box);
    Py_RETURN_NONE;
}

static int
add_type(PyObject *module)
{
    return PyModule_AddType(module, &Box);
}

EXT_MODULE_EXEC(t, add_type, EXT_O(use))
