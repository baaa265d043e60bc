/* SPDX-License-Identifier: MIT */
/* refop-in-traverse: a smart pointer holds the member while it is visited
 * (python/cpython#123241, as nanobind and ctypes had it).
 *
 * It takes a reference when it is made and gives it back at its end. While the
 * collector of a free-threaded build works, the count is where it keeps numbers
 * of its own.
 *
 * needs: instrumented
 * run:
 *   import gc, t
 *   node = t.make_type()()
 *   gc.collect()
 * exit: 66
 * report[>=3.13]:
 *   refsan: refop-in-traverse: reference operation inside tp_traverse
 *     object  ADDR  <list>  ...
 *     incref by thread T1 ...:
 *       #0 ADDR in node_traverse ...refop-in-traverse-smart-pointer.c:@hold ...
 *       ...
 *     because  a tp_traverse function does it, or has called what does it
 *              the garbage collector is at work, and keeps numbers of its own in headers
 *     ...
 * report:
 *   refsan: refop-in-traverse: reference operation inside tp_traverse
 *     object  ADDR  <list>  ...
 *     incref by thread T1 ...:
 *       #0 ADDR in node_traverse ...refop-in-traverse-smart-pointer.c:@hold ...
 *       ...
 *     because  a tp_traverse function does it, or has called what does it
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

static int
node_traverse(PyObject *self, visitproc visit, void *arg)
{
    PyObject *held = ((struct node *)self)->member;

    Py_VISIT(Py_TYPE(self));
#ifdef FIXED
    Py_VISIT(held);
#else
    Py_XINCREF(held); // @hold
    Py_VISIT(held);
    Py_XDECREF(held);
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
