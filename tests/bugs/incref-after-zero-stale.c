/* SPDX-License-Identifier: MIT */
/* incref-after-zero: a cached pointer without a reference of its own.
 *
 * needs: births >=3.14
 * run: import t; t.use_stale()
 * exit: 66
 * crash[gil, >=3.15]: lists
 *   follows  incref-after-zero:use_stale, about <list> ADDR, dead
 * report:
 *   refsan: incref-after-zero: incref of an object whose deallocation has begun
 *     object  ADDR  ...
 *     incref by thread T1 ...:
 *       #0 ADDR in use_stale ...incref-after-zero-stale.c:@take ...
 *       #...
 *     because  its deallocation is over
 *     ...
 *     reference count reached zero in decref by thread T1 ...:
 *       #0 ADDR in use_stale ...incref-after-zero-stale.c:@release ...
 *     ...
 */
#include "ext.h"

static PyObject *
use_stale(PyObject *self, PyObject *unused)
{
    PyObject *owned = PyList_New(0);
    PyObject *cached = owned;

#ifdef FIXED
    Py_IncRef(cached);
#endif
    Py_DecRef(owned); // @release
#ifndef FIXED
    Py_IncRef(cached); // @take
#endif
#ifdef FIXED
    Py_DecRef(cached);
#endif
    Py_RETURN_NONE;
}

EXT_MODULE(t, EXT_NOARGS(use_stale))
