/* SPDX-License-Identifier: MIT */
/* The collector borrows the header: while finalizers and weak reference callbacks
 * of unreachable objects run, counts are one too high and the owner is a pointer.
 *
 * trap:
 *   finalizers that the collector runs
 *   callbacks that the collector runs
 * run:
 *   import gc, t, weakref
 *   class Node:
 *       def __del__(self):
 *           t.use(self)
 *           t.use(self.me)
 *           finalized.append(is_collecting)
 *   def phase(name, info):
 *       global is_collecting
 *       is_collecting = name == "start"
 *   def gone(ref):
 *       t.use(ref)
 *       told.append(is_collecting)
 *   seen, finalized, told, is_collecting = [], [], [], False
 *   gc.callbacks.append(phase)
 *   for _ in range(100):
 *       node = Node()
 *       node.me = node
 *       seen.append(weakref.ref(node, gone))
 *       del node
 *   gc.collect()
 *   gc.freeze()
 *   gc.collect()
 *   gc.unfreeze()
 *   assert all(ref() is None for ref in seen)
 *   t.entered("finalizers that the collector runs", finalized == [True] * 100)
 *   t.entered("callbacks that the collector runs", told == [True] * 100)
 */
#include "ext.h"

static PyObject *
use(PyObject *self, PyObject *object)
{
    Py_IncRef(object);
    Py_DecRef(object);
    Py_INCREF(object);
    Py_DECREF(object);
    Py_RETURN_NONE;
}

EXT_MODULE(t, EXT_O(use) EXT_TRAPS)
