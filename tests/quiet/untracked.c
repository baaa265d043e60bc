/* SPDX-License-Identifier: MIT */
/* PyObject_GC_UnTrack where it belongs: in a dealloc; for a moment; of objects
 * whose count is not deferred; and of a deferred one that somebody still has.
 *
 * needs: >=3.14
 * trap[ft]:
 *   untracked for a moment
 *   deferred and untracked
 * trap:
 *   untracked for a moment
 *   untracked
 * run:
 *   import gc, t
 *   Node = t.make_type()
 *   for _ in range(10):
 *       node = Node()
 *       t.defer(node)
 *       t.change(node)
 *       Node()
 *   del node
 *   gc.collect()
 *   plain = [(), [1], {}, Node()]
 *   for each in plain[1:]:
 *       t.untrack(each)
 *   again = Node()
 *   t.defer(again)
 *   t.untrack(again)
 *   t.change(again)
 *   kept = Node()
 *   t.defer(kept)
 *   t.untrack(kept)
 *   t.keep(kept)
 */
#include "ext_node.h"

static int
node_traverse(PyObject *self, visitproc visit, void *arg)
{
    Py_VISIT(Py_TYPE(self));
    Py_VISIT(((struct node *)self)->member);
    return 0;
}

static PyObject *
defer(PyObject *self, PyObject *object)
{
    return PyLong_FromLong(PyUnstable_Object_EnableDeferredRefcount(object));
}

/* Its members are exchanged while the collector does not look. */
static PyObject *
change(PyObject *self, PyObject *object)
{
    PyObject_GC_UnTrack(object);
    EXT_ENTERED("untracked for a moment", !PyObject_GC_IsTracked(object));
    Py_XSETREF(((struct node *)object)->member, PyDict_New());
    PyObject_GC_Track(object);
    Py_RETURN_NONE;
}

static PyObject *
untrack(PyObject *self, PyObject *object)
{
    PyObject_GC_UnTrack(object);
    Py_RETURN_NONE;
}

/* For as long as the process lives. */
static PyObject *
keep(PyObject *self, PyObject *object)
{
    static PyObject *kept;

#ifdef Py_GIL_DISABLED
    EXT_ENTERED("deferred and untracked", ext_refcount(object) > 1 << 28 &&
                                              !PyObject_GC_IsTracked(object));
#else
    EXT_ENTERED("untracked", !PyObject_GC_IsTracked(object));
#endif
    kept = Py_NewRef(object);
    return PyBool_FromLong(kept != NULL);
}

EXT_MODULE(t, EXT_NOARGS(make_type) EXT_O(defer) EXT_O(change) EXT_O(untrack)
                  EXT_O(keep))
