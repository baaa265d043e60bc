/* SPDX-License-Identifier: MIT */
/* The collector is asked for its objects while it runs: gc.get_objects and
 * gc.get_referrers take references to what it is about to free, and to objects
 * that are not finished.
 *
 * trap:
 *   objects asked for while the collector runs
 *   relatives asked for of what it is about to free
 * run:
 *   import gc, t, weakref
 *   class Node:
 *       def __del__(self):
 *           for one in gc.get_referrers(self):
 *               t.use(one)
 *           t.use(self)
 *           finalized.append(gc.get_referents(self))
 *   def phase(name, info):
 *       seen.append(name)
 *       for one in gc.get_objects():
 *           t.use(one)
 *   seen, finalized = [], []
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
 *   t.entered("objects asked for while the collector runs",
 *             {"start", "stop"} <= set(seen))
 *   t.entered("relatives asked for of what it is about to free",
 *             len(finalized) == 100 and all(finalized))
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

EXT_MODULE(t, EXT_O(use) EXT_TRAPS)
