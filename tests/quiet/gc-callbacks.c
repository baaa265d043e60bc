/* SPDX-License-Identifier: MIT */
/* The collector borrows the header: while finalizers and weak reference callbacks
 * of unreachable objects run, counts are one too high and the owner is a pointer.
 *
 * run:
 *   import gc, t, weakref
 *   class Node:
 *       def __del__(self):
 *           t.use(self)
 *           t.use(self.me)
 *   seen = []
 *   for _ in range(100):
 *       node = Node()
 *       node.me = node
 *       seen.append(weakref.ref(node, lambda r: t.use(r)))
 *       del node
 *   gc.collect()
 *   gc.freeze()
 *   gc.collect()
 *   gc.unfreeze()
 *   assert all(ref() is None for ref in seen)
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

EXT_MODULE(t, EXT_O(use))
