/* SPDX-License-Identifier: MIT */
/* ext_use.h -- t.use(object), which counts the object in balance, by calls and
 * inline; and t.use_elsewhere(object), the same on another thread. Methods:
 * EXT_USE. */
#pragma once

#include "ext.h"

#define EXT_USE EXT_O(use) EXT_O(use_elsewhere)

static void
count(void *object)
{
    Py_IncRef((PyObject *)object);
    Py_INCREF((PyObject *)object);
    Py_DecRef((PyObject *)object);
    Py_DECREF((PyObject *)object);
}

static PyObject *
use(PyObject *self, PyObject *object)
{
    count(object);
    Py_RETURN_NONE;
}

static PyObject *
use_elsewhere(PyObject *self, PyObject *object)
{
    EXT_THREAD(count, object);
    Py_RETURN_NONE;
}
