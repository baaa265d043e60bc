/* SPDX-License-Identifier: MIT */
/* PyObject_GC_UnTrack where it belongs: in a dealloc; for a moment; of objects
 * whose count is not deferred; and of a deferred one that somebody still has.
 *
 * needs: >=3.14
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
#include "ext.h"

struct node {
    PyObject_HEAD
    PyObject *member;
};

static PyObject *
node_new(PyTypeObject *type, PyObject *args, PyObject *kwargs)
{
    struct node *self = (struct node *)type->tp_alloc(type, 0);

    self->member = PyList_New(0);
    return (PyObject *)self;
}

static int
node_traverse(PyObject *self, visitproc visit, void *arg)
{
    Py_VISIT(Py_TYPE(self));
    Py_VISIT(((struct node *)self)->member);
    return 0;
}

static int
node_clear(PyObject *self)
{
    Py_CLEAR(((struct node *)self)->member);
    return 0;
}

static void
node_dealloc(PyObject *self)
{
    PyTypeObject *type = Py_TYPE(self);

    PyObject_GC_UnTrack(self);
    node_clear(self);
    type->tp_free(self);
    Py_DECREF(type);
}

static PyType_Slot node_slots[] = {
    {Py_tp_new, (void *)node_new},
    {Py_tp_traverse, (void *)node_traverse},
    {Py_tp_clear, (void *)node_clear},
    {Py_tp_dealloc, (void *)node_dealloc},
    {0, NULL},
};
static PyType_Spec node_spec = {
    .name = "t.Node",
    .basicsize = sizeof(struct node),
    .flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_GC,
    .slots = node_slots,
};

static PyObject *
make_type(PyObject *self, PyObject *unused)
{
    return PyType_FromSpec(&node_spec);
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

    kept = Py_NewRef(object);
    return PyBool_FromLong(kept != NULL);
}

EXT_MODULE(t, EXT_NOARGS(make_type) EXT_O(defer) EXT_O(change) EXT_O(untrack)
                  EXT_O(keep))
