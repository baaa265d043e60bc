/* SPDX-License-Identifier: MIT */
/* ext_interpreters.h -- in how many interpreters a module was used: it calls
 * note_interpreter(), t.count_interpreters() says it. */
#pragma once

#include "ext.h"

static uint64_t interpreters; /* a bit for each that was here */

static void
note_interpreter(void)
{
    int64_t id = PyInterpreterState_GetID(PyInterpreterState_Get());

    __atomic_fetch_or(&interpreters, 1ull << id % 64, __ATOMIC_RELAXED);
}

static PyObject *
count_interpreters(PyObject *self, PyObject *unused)
{
    return PyLong_FromLong(__builtin_popcountll(interpreters));
}
