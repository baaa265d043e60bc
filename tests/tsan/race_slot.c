/* SPDX-License-Identifier: MIT */
/* race_slot: two threads replace what a field holds. Py_XSETREF is announced as
 * `refsan cc` has it. */
#include "ext.h"

#include <refsan/instrument.h>

#include <stddef.h>

struct owner {
    PyObject_HEAD
    PyObject *item;
};

static void
dealloc(PyObject *self)
{
    PyTypeObject *type = Py_TYPE(self);

    Py_XDECREF(((struct owner *)self)->item);
    PyObject_Free(self);
    Py_DECREF(type);
}

static PyType_Slot slots[] = {{Py_tp_dealloc, (void *)dealloc}, {0, NULL}};
static PyType_Spec spec = {
    .name = "race.Owner", .basicsize = sizeof(struct owner), .slots = slots};

PyObject *race_make_owner(void);
void race_replace(PyObject *owner);

PyObject *
race_make_owner(void)
{
    PyObject *type = PyType_FromSpec(&spec);
    PyObject *owner = PyObject_CallNoArgs(type);

    Py_DECREF(type);
    ((struct owner *)owner)->item = PyList_New(0);
    return owner;
}

void
race_replace(PyObject *owner)
{
    Py_XSETREF(((struct owner *)owner)->item, PyList_New(0));
}
