/* SPDX-License-Identifier: MIT */
/* A collection in which everything but tp_traverse counts references: tp_clear,
 * finalizers, deallocs, weak reference callbacks; and a tool that calls a
 * tp_traverse by itself, with a visitor that counts.
 *
 * trap:
 *   a collection with finalizers and callbacks
 *   a tp_traverse called by a tool that counts
 * run:
 *   import gc, t, weakref
 *   Node = t.make_type()
 *   class Child(Node):
 *       def __del__(self):
 *           t.use(self)
 *           t.walk(self)
 *           died.append(1)
 *   died, told = [], []
 *   def gone(ref):
 *       t.use(ref)
 *       told.append(1)
 *   kept = Node(), Child()
 *   seen = []
 *   for _ in range(20):
 *       seen.append(weakref.ref(Child(), gone))
 *       Node()
 *       gc.collect()
 *       t.walk(kept[0])
 *       t.entered("a tp_traverse called by a tool that counts",
 *                 type(kept[1]) in t.walk(kept[1]))
 *       gc.get_referents(*kept)
 *       gc.get_referrers(kept[0])
 *   assert all(ref() is None for ref in seen)
 *   t.entered("a collection with finalizers and callbacks",
 *             len(died) == len(told) == 20)
 */
#include "ext.h"

struct node {
    PyObject_HEAD
    PyObject *member;
};

static void
count(PyObject *object)
{
    Py_IncRef(object);
    Py_INCREF(object);
    Py_DECREF(object);
    Py_DecRef(object);
}

static PyObject *
node_new(PyTypeObject *type, PyObject *args, PyObject *kwargs)
{
    struct node *self = (struct node *)type->tp_alloc(type, 0);

    self->member = PyList_New(0);
    PyList_Append(self->member, (PyObject *)self);
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
    if (((struct node *)self)->member != NULL)
        count(((struct node *)self)->member);
    Py_CLEAR(((struct node *)self)->member);
    return 0;
}

static void
node_dealloc(PyObject *self)
{
    PyTypeObject *type = Py_TYPE(self);

    PyObject_GC_UnTrack(self);
    if (PyObject_CallFinalizerFromDealloc(self) < 0)
        return;
    node_clear(self);
    type->tp_free(self);
    Py_DECREF(type);
}

static void
node_finalize(PyObject *self)
{
    PyObject *type, *value, *traceback;

    PyErr_Fetch(&type, &value, &traceback);
    count(((struct node *)self)->member);
    PyErr_Restore(type, value, traceback);
}

static PyType_Slot node_slots[] = {
    {Py_tp_new, (void *)node_new},
    {Py_tp_traverse, (void *)node_traverse},
    {Py_tp_clear, (void *)node_clear},
    {Py_tp_finalize, (void *)node_finalize},
    {Py_tp_dealloc, (void *)node_dealloc},
    {0, NULL},
};
static PyType_Spec node_spec = {
    .name = "t.Node",
    .basicsize = sizeof(struct node),
    .flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_GC | Py_TPFLAGS_BASETYPE,
    .slots = node_slots,
};

/* Another tool's: it counts what it is shown. */
static int
keep(PyObject *object, void *list)
{
    count(object);
    return PyList_Append(list, object);
}

static PyObject *
walk(PyObject *self, PyObject *object)
{
    PyObject *list = PyList_New(0);

    Py_TYPE(object)->tp_traverse(object, keep, list);
    return list;
}

static PyObject *
use(PyObject *self, PyObject *object)
{
    count(object);
    Py_RETURN_NONE;
}

static PyObject *
make_type(PyObject *self, PyObject *unused)
{
    return PyType_FromSpec(&node_spec);
}

EXT_MODULE(t, EXT_NOARGS(make_type) EXT_O(walk) EXT_O(use) EXT_TRAPS)
