/* SPDX-License-Identifier: MIT */
/* The trashcan: a deep structure is destroyed piecemeal, and objects with a count
 * of zero stay where they are for a long time.
 *
 * trap: deep structures that are destroyed piecemeal
 * run:
 *   import t, weakref
 *   class Leaf:
 *       pass
 *   nested = Leaf()
 *   leaf = weakref.ref(nested)
 *   for _ in range(200_000):
 *       nested = [nested]
 *   t.hold(nested)
 *   del nested
 *   t.drop(None)
 *   class Node:
 *       def __init__(self, child):
 *           self.child = child
 *   chain = Leaf()
 *   end = weakref.ref(chain)
 *   for _ in range(100_000):
 *       chain = Node(chain)
 *   t.hold(chain)
 *   del chain
 *   assert leaf() is None and end() is not None
 *   t.drop(None)
 *   t.entered("deep structures that are destroyed piecemeal", end() is None)
 */
#include "ext.h"

static PyObject *held;

static PyObject *
hold(PyObject *self, PyObject *object)
{
    PyObject *old = held;

    held = Py_NewRef(object);
    Py_XDECREF(old);
    Py_RETURN_NONE;
}

static PyObject *
drop(PyObject *self, PyObject *unused)
{
    PyObject *last = held;

    held = NULL;
    if (last != NULL)
        Py_DecRef(last);
    Py_RETURN_NONE;
}

EXT_MODULE(t, EXT_O(hold) EXT_O(drop) EXT_TRAPS)
