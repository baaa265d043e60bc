/* SPDX-License-Identifier: MIT */
/* defer-refused: deferred counting for a tuple that the collector does not
 * track. Only the collector could ever free it, so the request is refused.
 *
 * like: python/cpython#144054
 * needs: ft >=3.14
 * options: warnings_are_errors=1
 * run: import t; t.make()
 * exit: 66
 * report:
 *   refsan: defer-refused: deferred reference counting was refused
 *     object  ADDR  <tuple>  ...
 *     refused deferred counting by thread T1 ...:
 *       #0 ADDR in make ...defer-refused-untracked.c:@defer ...
 *       #...
 *     because  the garbage collector does not track it (yet)
 *     ...
 */
#include "ext.h"

static PyObject *
make(PyObject *self, PyObject *unused)
{
    PyObject *record = PyTuple_New(1);

    PyTuple_SetItem(record, 0, PyList_New(0));
#ifndef FIXED
    PyObject_GC_UnTrack(record);
#endif
    PyUnstable_Object_EnableDeferredRefcount(record); // @defer
    return record;
}

EXT_MODULE(t, EXT_NOARGS(make))
