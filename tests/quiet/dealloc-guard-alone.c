/* SPDX-License-Identifier: MIT */
/* A dealloc that lends its object a reference by hand, of objects that only one
 * thread has: nobody can find them meanwhile. Dropped by C code, by Python
 * code, by the dealloc of another one of their type, and by the collector,
 * which merges their counts.
 *
 * needs: >=3.14
 * trap[ft]:
 *   a count set in the dealloc of an object that one thread has
 *   a count set for a spare one in the dealloc of its like
 *   a count set in the dealloc of a merged object
 * trap:
 *   a count set in the dealloc of an object that one thread has
 *   a count set for a spare one in the dealloc of its like
 *   a count set in the dealloc of an object from a cycle
 * run:
 *   import gc, t
 *   for _ in range(10):
 *       node = t.Node()
 *       del node
 *       t.drop(t.Node)
 *       node = t.Node()
 *       node.next = t.Node()
 *       node.next.next = t.Node()
 *       del node
 *       node = t.Node()
 *       node.next = node
 *       del node
 *       gc.collect()
 *       t.reuse(t.Node)
 */
#include "ext.h"

#include <stddef.h>

struct node {
    PyObject base;
    PyObject *next;
};

static PyTypeObject Node;
static PyObject *spare;
static int keeps, takes;

/* In a dealloc of its like: the spare one's own is over. */
static void
take_spare(void)
{
    PyObject *taken = spare;

    takes = 0;
    spare = NULL;
    _Py_SetRefcnt(taken, 1);
    EXT_ENTERED("a count set for a spare one in the dealloc of its like",
                ext_refcount(taken) == 1);
    Py_DECREF(taken);
}

static void
node_dealloc(PyObject *self)
{
    PyObject_GC_UnTrack(self);
#ifdef Py_GIL_DISABLED
    if (self->ob_tid == 0)
        EXT_ENTERED("a count set in the dealloc of a merged object",
                    self->ob_tid == 0);
#else
    if (((struct node *)self)->next == NULL)
        EXT_ENTERED("a count set in the dealloc of an object from a cycle",
                    ext_refcount(self) == 0);
#endif
    if (takes)
        take_spare();
    _Py_SetRefcnt(self, 1);
    EXT_ENTERED("a count set in the dealloc of an object that one thread has",
                ext_refcount(self) == 1);
    Py_INCREF(self);
    Py_DECREF(self);
    _Py_SetRefcnt(self, 0);
    Py_CLEAR(((struct node *)self)->next);
    if (keeps) {
        keeps = 0;
        spare = self;
        return;
    }
    PyObject_GC_Del(self);
}

static int
node_traverse(PyObject *self, visitproc visit, void *arg)
{
    Py_VISIT(((struct node *)self)->next);
    return 0;
}

static int
node_clear(PyObject *self)
{
    Py_CLEAR(((struct node *)self)->next);
    return 0;
}

static PyMemberDef members[] = {
    {"next", Py_T_OBJECT_EX, offsetof(struct node, next), 0, NULL},
    {NULL, 0, 0, 0, NULL},
};

static PyTypeObject Node = {
    PyVarObject_HEAD_INIT(NULL, 0).tp_name = "t.Node",
    .tp_basicsize = sizeof(struct node),
    .tp_flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_GC,
    .tp_dealloc = node_dealloc,
    .tp_traverse = node_traverse,
    .tp_clear = node_clear,
    .tp_members = members,
    .tp_new = PyType_GenericNew,
};

static PyObject *
drop(PyObject *self, PyObject *type)
{
    Py_DECREF(PyObject_CallNoArgs(type));
    Py_RETURN_NONE;
}

static PyObject *
reuse(PyObject *self, PyObject *type)
{
    keeps = 1;
    Py_DECREF(PyObject_CallNoArgs(type));
    takes = 1;
    Py_DECREF(PyObject_CallNoArgs(type));
    Py_RETURN_NONE;
}

static int
add_type(PyObject *module)
{
    return PyModule_AddType(module, &Node);
}

EXT_MODULE_EXEC(t, add_type, EXT_O(drop) EXT_O(reuse))
