/* SPDX-License-Identifier: MIT */
/* The trashcan of an extension's type: a long chain is destroyed piecemeal,
 * its deallocs begin, are put off, and begin again; objects with a count of
 * zero stay for a long time.
 *
 * trap: a chain that is destroyed piecemeal
 * run:
 *   import t
 *   t.make_and_drop(200_000)
 *   t.make_and_drop(3)
 */
#include "ext.h"

struct node {
    PyObject_HEAD
    PyObject *next;
};

static long freed, depth, deepest;

static int
node_traverse(PyObject *self, visitproc visit, void *arg)
{
    Py_VISIT(Py_TYPE(self));
    Py_VISIT(((struct node *)self)->next);
    return 0;
}

static void
node_dealloc(PyObject *self)
{
    PyTypeObject *type = Py_TYPE(self);

    PyObject_GC_UnTrack(self);
    Py_TRASHCAN_BEGIN(self, node_dealloc) if (++depth > deepest) deepest =
        depth;
    Py_CLEAR(((struct node *)self)->next);
    depth--;
    freed++;
    PyObject_GC_Del(self);
    Py_DECREF(type);
    Py_TRASHCAN_END
}

static PyType_Slot node_slots[] = {{Py_tp_dealloc, (void *)node_dealloc},
                                   {Py_tp_traverse, (void *)node_traverse},
                                   {0, NULL}};
static PyType_Spec node_spec = {
    .name = "t.Node",
    .basicsize = sizeof(struct node),
    .flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_GC,
    .slots = node_slots,
};

static PyObject *
make_and_drop(PyObject *self, PyObject *length)
{
    PyTypeObject *type = (PyTypeObject *)PyType_FromSpec(&node_spec);
    long count = PyLong_AsLong(length);
    PyObject *chain = NULL;

    freed = 0;
    for (long i = 0; i < count; i++) {
        struct node *node = (struct node *)type->tp_alloc(type, 0);

        node->next = chain;
        chain = (PyObject *)node;
        Py_IncRef(chain);
        Py_DecRef(chain);
    }
    Py_DECREF(chain);
    if (freed != count)
        abort();
    EXT_ENTERED("a chain that is destroyed piecemeal",
                count < 1000 || deepest < count / 2);
    Py_DECREF(type);
    Py_RETURN_NONE;
}

EXT_MODULE(t, EXT_O(make_and_drop))
