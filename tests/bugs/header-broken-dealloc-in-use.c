/* SPDX-License-Identifier: MIT */
/* header-broken: an object is deallocated while references to it are counted.
 *
 * run: import t; t.free_early([])
 * exit: 66
 * report:
 *   refsan: header-broken: the object's header holds a combination the protocol never makes
 *     object  ADDR  <list>  ...
 *     deallocated by thread T1 ...:
 *       #0 ADDR in free_early ...header-broken-dealloc-in-use.c:@dealloc ...
 *       ...
 */
#include "ext.h"

static PyObject *
free_early(PyObject *self, PyObject *object)
{
#ifndef FIXED
    _Py_Dealloc(object); // @dealloc
#endif
    Py_RETURN_NONE;
}

EXT_MODULE(t, EXT_O(free_early))
