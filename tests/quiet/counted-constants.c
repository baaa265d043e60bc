/* SPDX-License-Identifier: MIT */
/* A test of balance that counts a constant. Free-threaded builds make the
 * constants of a module immortal, so that the count neither rises nor falls;
 * an object made for the test is counted everywhere.
 *
 * like: numba/numba#10226
 * trap[ft]: a constant that is not counted
 * trap: a constant that is counted
 * options: warnings_are_errors=1
 * run:
 *   import sys, t
 *   constant = 1234.5
 *   t.take_and_give(constant)
 *   own = object()
 *   before = sys.getrefcount(own)
 *   t.take_and_give(own)
 *   assert sys.getrefcount(own) == before
 */
#include "ext.h"

static PyObject *
take_and_give(PyObject *self, PyObject *object)
{
    if (PyFloat_Check(object)) {
#ifdef Py_GIL_DISABLED
        EXT_ENTERED("a constant that is not counted", !ext_is_counted(object));
#else
        EXT_ENTERED("a constant that is counted", ext_is_counted(object));
#endif
    }
    for (int i = 0; i < 100; i++)
        Py_IncRef(object);
    for (int i = 0; i < 100; i++)
        Py_DecRef(object);
    Py_RETURN_NONE;
}

EXT_MODULE(t, EXT_O(take_and_give))
