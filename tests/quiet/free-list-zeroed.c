/* SPDX-License-Identifier: MIT */
/* A free list as generated code has it: the memory of the dead object is
 * zeroed, header and all, and made an object again by PyObject_Init. It was
 * never freed, and its header was that of no object for a while.
 *
 * trap: memory of the dead that is zeroed and made an object
 * run:
 *   import t
 *   for _ in range(100):
 *       t.churn()
 */
#include "ext.h"

#include <string.h>

static PyObject *spare[8];
static int spares, reused;

static PyObject *
node_new(PyTypeObject *type, PyObject *args, PyObject *keywords)
{
    PyObject *made;

    if (spares == 0)
        return type->tp_alloc(type, 0);
    made = spare[--spares];
    reused++;
    memset(made, 0, sizeof(PyObject));
    return PyObject_Init(made, type);
}

static void
node_dealloc(PyObject *self)
{
    PyTypeObject *type = Py_TYPE(self);

    if (spares < 8)
        spare[spares++] = self;
    else
        PyObject_Free(self);
    Py_DECREF(type);
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

static PyObject *
churn(PyObject *self, PyObject *unused)
{
    static PyObject *type;
    PyObject *made[12];

    if (type == NULL)
        type = PyType_FromSpec(&node_spec);
    for (int i = 0; i < 12; i++) {
        made[i] = PyObject_CallNoArgs(type);
        Py_IncRef(made[i]);
        Py_DecRef(made[i]);
    }
    for (int i = 0; i < 12; i++)
        Py_DECREF(made[i]);
    made[0] = PyObject_CallNoArgs(type);
    Py_DECREF(made[0]);
    EXT_ENTERED("memory of the dead that is zeroed and made an object",
                reused > 0);
    Py_RETURN_NONE;
}

EXT_MODULE(t, EXT_NOARGS(churn))
