/* SPDX-License-Identifier: MIT */
/* immortal-drift: generated code built against older headers releases the
 * small integers it was only lent.
 *
 * like: python/cpython#105587
 * needs: gil >=3.14
 * options: warnings_are_errors=1
 * run: import t; t.release((7,))
 * exit: 66
 * report:
 *   refsan: immortal-drift: an immortal object was counted
 *     object  ADDR  <int>  ...
 *     ... by thread T1 ...:
 *       #0 ADDR in release ...immortal-drift-small-int.c:@notice ...
 *       #...
 *     because  code unaware of immortal objects changed its count
 *     ...
 */
#include "ext.h"

static void
old_decref(PyObject *object)
{
#ifdef FIXED
    if (PyUnstable_IsImmortal(object))
        return;
#endif
    --*(Py_ssize_t *)object;
}

static PyObject *
release(PyObject *self, PyObject *line_numbers)
{
    PyObject *number = PyTuple_GetItem(line_numbers, 0);

    old_decref(number);
    Py_DecRef(number); // @notice
    Py_RETURN_NONE;
}

EXT_MODULE(t, EXT_O(release))
