/* SPDX-License-Identifier: MIT */
/* ext_gates.h -- four gates (ext.h) that a Python program opens and waits for:
 * t.open(number), t.wait(number). Methods: EXT_GATES; the module's exec calls
 * make_gates(). */
#pragma once

#include "ext.h"

#define EXT_GATES                                                             \
    {"open", open_gate, METH_O, NULL}, {"wait", wait_for, METH_O, NULL},

static struct ext_gate gates[4];

static PyObject *
open_gate(PyObject *self, PyObject *number)
{
    ext_gate_open(&gates[PyLong_AsLong(number)]);
    Py_RETURN_NONE;
}

static PyObject *
wait_for(PyObject *self, PyObject *number)
{
    ext_gate_wait(&gates[PyLong_AsLong(number)]);
    Py_RETURN_NONE;
}

static int
make_gates(PyObject *module)
{
    for (int i = 0; i < 4; i++)
        ext_gate_make(&gates[i]);
    return 0;
}
