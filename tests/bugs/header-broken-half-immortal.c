/* SPDX-License-Identifier: MIT */
/* header-broken: constants made immortal by setting their count to the largest
 * local one. The overflow check needs one more, so the thread stays the owner
 * of an object that counts as immortal.
 *
 * like: cython/cython#7742
 * needs: ft
 * run: import t; t.make_constant()
 * exit: 66
 * report:
 *   refsan: header-broken: the object's header holds a combination that reference counting never produces
 *     object  ADDR  <list>  ...
 *     reference count set by thread T1 ...:
 *       #0 ADDR in make_constant ...header-broken-half-immortal.c:@set ...
 *       #...
 *     because  its count says immortal, and a thread owns it all the same
 *     ...
 */
#include "ext.h"

static PyObject *
make_constant(PyObject *self, PyObject *unused)
{
    PyObject *table = PyList_New(0);

#ifdef FIXED
    _Py_SetRefcnt(table, PY_SSIZE_T_MAX);
#else
    _Py_SetRefcnt(table, UINT32_MAX); // @set
#endif
    return table;
}

EXT_MODULE(t, EXT_NOARGS(make_constant))
