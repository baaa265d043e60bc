/* SPDX-License-Identifier: MIT */
/* The collector is asked for its objects while it runs: gc.get_objects and
 * gc.get_referrers take references to what it is about to free, and to objects
 * that are not finished.
 *
 * run:
 *   import gc, t, weakref
 *   class Node:
 *       def __del__(self):
 *           for one in gc.get_referrers(self):
 *               t.use(one)
 *           t.use(self)
 *   def phase(name, info):
 *       seen.append(name)
 *       for one in gc.get_objects():
 *           t.use(one)
 *   seen = []
 *   gc.callbacks.append(phase)
 *   for _ in range(5):
 *       for _ in range(20):
 *           node = Node()
 *           node.me = node
 *           ref = weakref.ref(node, lambda r: [t.use(o) for o in
 *                                              gc.get_objects()[-100:]])
 *       del node
 *       gc.collect()
 *   gc.callbacks.remove(phase)
 *   assert "start" in seen and "stop" in seen
 */
#include "ext.h"

static PyObject *
use(PyObject *self, PyObject *object)
{
    Py_IncRef(object);
    Py_INCREF(object);
    Py_DecRef(object);
    Py_DECREF(object);
    Py_RETURN_NONE;
}

EXT_MODULE(t, EXT_O(use))
