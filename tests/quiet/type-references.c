/* SPDX-License-Identifier: MIT */
/* Instances that release their type in ways that are easily missed: inside of
 * each other's dealloc, through a subclass written in Python, and not at all
 * while a free list keeps them, and with them the reference.
 *
 * needs: >=3.14 instrumented
 * trap:
 *   a dealloc inside of another's
 *   a free list with references to the type
 *   a subclass written in Python
 * options: leaks=1
 * run:
 *   import t
 *   Node = t.make_type()
 *   class Sub(Node):
 *       pass
 *   for kind in Node, Sub:
 *       for i in range(3):
 *           chain = None
 *           for j in range(5):
 *               node = kind()
 *               t.link_node(node, chain)
 *               chain = node
 *           del chain, node
 */
#include "ext.h"

struct node {
    PyObject_HEAD
    PyObject *next;
};

static PyObject *kept; /* one, with its reference to its type */
static int depth;      /* of deallocs */

static PyObject *
node_new(PyTypeObject *type, PyObject *args, PyObject *keywords)
{
    PyObject *self = kept;

    if (self == NULL || Py_TYPE(self) != type)
        return type->tp_alloc(type, 0);
    EXT_ENTERED("a free list with references to the type",
                ext_refcount(self) == 0);
    kept = NULL;
    _Py_NewReference(self);
    return self;
}

static void
node_dealloc(PyObject *self)
{
    PyTypeObject *type = Py_TYPE(self);

    depth++;
    if (depth > 1)
        EXT_ENTERED("a dealloc inside of another's", depth <= 5);
    if (PyType_GetFlags(type) & Py_TPFLAGS_HAVE_GC)
        EXT_ENTERED("a subclass written in Python", type->tp_base != NULL);
    Py_CLEAR(((struct node *)self)->next);
    depth--;
    if (kept == NULL && !(PyType_GetFlags(type) & Py_TPFLAGS_HAVE_GC)) {
        kept = self;
        return;
    }
    if (PyType_GetFlags(type) & Py_TPFLAGS_HAVE_GC)
        type->tp_free(self);
    else
        PyObject_Free(self);
    Py_DECREF(type);
}

static PyType_Slot node_slots[] = {{Py_tp_new, (void *)node_new},
                                   {Py_tp_dealloc, (void *)node_dealloc},
                                   {0, NULL}};
static PyType_Spec node_spec = {
    .name = "t.Node",
    .basicsize = sizeof(struct node),
    .flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_BASETYPE,
    .slots = node_slots,
};

static PyObject *
make_type(PyObject *self, PyObject *unused)
{
    return PyType_FromSpec(&node_spec);
}

static PyObject *
link_node(PyObject *self, PyObject *args)
{
    PyObject *node, *next;

    if (!PyArg_ParseTuple(args, "OO", &node, &next))
        return NULL;
    Py_XSETREF(((struct node *)node)->next, Py_NewRef(next));
    Py_RETURN_NONE;
}

EXT_MODULE(t, EXT_NOARGS(make_type) EXT_VARARGS(link_node))
