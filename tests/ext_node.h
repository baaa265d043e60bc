/* SPDX-License-Identifier: MIT */
/* ext_node.h -- t.Node, a type that takes part in garbage collection and has
 * one member, for tests of what a tp_traverse may do: the including file
 * defines node_traverse(), before or after. */
#pragma once

#include "ext.h"

struct node {
    PyObject_HEAD
    PyObject *member;
};

static int node_traverse(PyObject *self, visitproc visit, void *arg);

static PyObject *
node_new(PyTypeObject *type, PyObject *args, PyObject *kwargs)
{
    struct node *self = (struct node *)type->tp_alloc(type, 0);

    self->member = PyList_New(0);
    return (PyObject *)self;
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
