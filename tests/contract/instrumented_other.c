/* SPDX-License-Identifier: MIT */
/* instrumented_other.c -- code built with headers of another version, for
 * instrumented-modules.py: VERSION 2 looks for a table that is not there, and
 * version 1 with something appended announces an operation of later days. */
#include "../ext.h"

#include <refsan/abi.h>

#if VERSION == 1
static PyObject *
announce_later(PyObject *self, PyObject *object)
{
    int answer = &refsan_abi_1 == NULL
                     ? -1
                     : refsan_abi_1.announce(77, object, 0, __FILE__, __LINE__,
                                             __func__);

    return PyLong_FromLong(answer);
}
#else
extern const struct refsan_abi refsan_abi_2 __attribute__((weak));

static PyObject *
announce_later(PyObject *self, PyObject *object)
{
    return PyLong_FromLong(&refsan_abi_2 == NULL ? -1 : 0);
}
#endif

EXT_MODULE(other, EXT_O(announce_later))
