/* SPDX-License-Identifier: MIT */
/* immortal-drift: a module built for Python 3.11 counts None in line, without
 * asking whether it is immortal, and releases it once too often.
 *
 * like: python/cpython#118997
 * needs: gil >=3.14
 * options: warnings_are_errors=1
 * run: import t; t.release_none()
 * exit: 66
 * report:
 *   refsan: immortal-drift: an immortal object was counted
 *     object  ADDR  <NoneType>  ...
 *     ... by thread T1 ...:
 *       #0 ADDR in release_none ...immortal-drift-none.c:@notice ...
 *       #...
 *     because  code unaware of immortal objects changed its count
 *     ...
 */
#include "ext.h"

static PyObject *
release_none(PyObject *self, PyObject *unused)
{
    PyObject *none = Py_None;

#ifdef FIXED
    Py_DECREF(none);
#else
    --*(Py_ssize_t *)none; /* what Py_DECREF was */
#endif
    for (int i = 0; i < 10; i++)
        Py_IncRef(none); // @notice
    return none;
}

EXT_MODULE(t, EXT_NOARGS(release_none))
