/* SPDX-License-Identifier: MIT */
/* refop-in-traverse: tp_traverse asks a getter that returns a strong reference,
 * and gives it back after the visit (python/cpython#123241).
 *
 * The getter is a function of its own, and counts by a call: the stack says that
 * a tp_traverse had called it, and the collector that.
 *
 * needs: >=3.13
 * run:
 *   import gc, t
 *   node = t.make_type()()
 *   gc.collect()
 * exit: 66
 * report:
 *   refsan: refop-in-traverse: reference operation inside tp_traverse
 *     object  ADDR  <list>  ...
 *     incref by thread T1 ...:
 *       #0 ADDR in get_member ...refop-in-traverse-getter.c:@take ...
 *       #1 ADDR in node_traverse ...refop-in-traverse-getter.c:@get ...
 *       ...
 *     because  a tp_traverse function does it, or has called what does it
 *              the garbage collector is at work, and keeps numbers of its own in headers
 *     ...
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

static __attribute__((noinline, unused)) PyObject *
get_member(PyObject *self)
{
    PyObject *member = ((struct node *)self)->member;

    Py_IncRef(member); // @take
    return member;
}

static int
node_traverse(PyObject *self, visitproc visit, void *arg)
{
    Py_VISIT(Py_TYPE(self));
#ifdef FIXED
    Py_VISIT(((struct node *)self)->member);
#else
    PyObject *member = get_member(self); // @get
    int result = visit(member, arg);

    Py_DecRef(member);
    if (result != 0)
        return result;
#endif
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

EXT_MODULE(t, EXT_NOARGS(make_type))
