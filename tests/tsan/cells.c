/* SPDX-License-Identifier: MIT */
/* cells: objects with a field that two threads write, one after the other, and
 * nothing orders them; for a module that TSan instruments. The gates order
 * nothing. The first writer has no GIL, where there is one, and the second got
 * it before the first wrote. */
#define EXT_WEAK_GATES
#include "ext.h"

struct cell {
    PyObject_HEAD
    int value;
};

static PyType_Slot cell_slots[] = {{0, NULL}};
static PyType_Spec cell_spec = {
    .name = "cells.Cell",
    .basicsize = sizeof(struct cell),
    .flags = Py_TPFLAGS_DEFAULT,
    .slots = cell_slots,
};
static struct ext_gate is_detached, has_gil, is_written;
static int counter; /* in no object */

static PyObject *
first(PyObject *self, PyObject *cell)
{
    int *value = cell == Py_None ? &counter : &((struct cell *)cell)->value;

    Py_BEGIN_ALLOW_THREADS
    ext_gate_open(&is_detached);
    ext_gate_wait_attached(&has_gil);
    *value = 1; // @first
    ext_gate_open(&is_written);
    Py_END_ALLOW_THREADS
    Py_RETURN_NONE;
}

static PyObject *
second(PyObject *self, PyObject *cell)
{
    int *value = cell == Py_None ? &counter : &((struct cell *)cell)->value;

    Py_BEGIN_ALLOW_THREADS
    ext_gate_wait_attached(&is_detached);
    Py_END_ALLOW_THREADS
    ext_gate_open(&has_gil);
    ext_gate_wait_attached(&is_written);
    *value = 2; // @second
    Py_RETURN_NONE;
}

static int
exec(PyObject *module)
{
    ext_gate_make(&is_detached);
    ext_gate_make(&has_gil);
    ext_gate_make(&is_written);
    return PyModule_AddObject(module, "Cell", PyType_FromSpec(&cell_spec));
}

EXT_MODULE_EXEC(cells, exec, EXT_O(first) EXT_O(second))
