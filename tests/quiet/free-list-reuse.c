/* SPDX-License-Identifier: MIT */
/* Free lists: the interpreter's and an extension's own hand the same address out
 * again at once. Every object there is a new one.
 *
 * trap:
 *   the same address from a free list of the interpreter
 *   the same address from a free list of its own
 * run:
 *   import t
 *   for _ in range(200):
 *       t.churn()
 */
#include "ext.h"

static PyObject *spare;

static void
node_dealloc(PyObject *self)
{
    if (spare == NULL) {
        spare = self; /* with its reference to the type */
        return;
    }
    PyTypeObject *type = Py_TYPE(self);
    PyObject_Free(self);
    Py_DECREF(type);
}

static PyObject *
node_new(PyTypeObject *type, PyObject *args, PyObject *kwargs)
{
    PyObject *made = spare;

    if (made == NULL)
        return type->tp_alloc(type, 0);
    spare = NULL;
    Py_DECREF(type); /* PyObject_Init takes one for the instance again */
    return PyObject_Init(made, type);
}

static PyType_Slot node_slots[] = {{Py_tp_dealloc, (void *)node_dealloc},
                                   {Py_tp_new, (void *)node_new},
                                   {0, NULL}};
static PyType_Spec node_spec = {
    .name = "t.Node",
    .basicsize = sizeof(PyObject),
    .flags = Py_TPFLAGS_DEFAULT,
    .slots = node_slots,
};
static PyObject *node_type;

static PyObject *
churn(PyObject *self, PyObject *unused)
{
    static PyObject *before[4];
    PyObject *made[4];

    if (node_type == NULL)
        node_type = PyType_FromSpec(&node_spec);
    made[0] = PyObject_CallNoArgs(node_type);
    made[1] = PyFloat_FromDouble(0.5);
    made[2] = PyList_New(0);
    made[3] = PyTuple_New(2);
    if (before[0] != NULL) {
        EXT_ENTERED("the same address from a free list of its own",
                    made[0] == before[0]);
        EXT_ENTERED("the same address from a free list of the interpreter",
                    made[1] == before[1] && made[2] == before[2]);
    }
    for (int i = 0; i < 4; i++) {
        Py_IncRef(made[i]);
        Py_DecRef(made[i]);
        before[i] = made[i];
        Py_DecRef(made[i]);
    }
    Py_RETURN_NONE;
}

EXT_MODULE(t, EXT_NOARGS(churn))
