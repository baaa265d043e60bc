/* SPDX-License-Identifier: MIT */
/* leak: a tuple with deferred counting is taken from the collector, because it
 * can be in no cycle.
 *
 * Its count never reaches zero by itself: deferred counting adds a reference
 * that only the collector releases. Nobody frees the tuple any more.
 *
 * like: python/cpython#144054
 * needs: ft >=3.14
 * run: import t; t.make()
 * exit: 66
 * report:
 *   refsan: leak: a reference was never released
 *     object  ADDR  <tuple>  ...
 *     untracked from the collector by thread T1 ...:
 *       #0 ADDR in make ...leak-untracked-deferred.c:@untrack ...
 *       ...
 *     because  its count is deferred, so only the garbage collector can free it, but it is no longer tracked
 *     ...
 */
#include "ext.h"

static PyObject *
make(PyObject *self, PyObject *unused)
{
    PyObject *record = PyTuple_New(1);

    PyTuple_SetItem(record, 0, PyFloat_FromDouble(1.5));
    PyUnstable_Object_EnableDeferredRefcount(record);
#ifndef FIXED
    PyObject_GC_UnTrack(record); // @untrack
#endif
    return record;
}

EXT_MODULE(t, EXT_NOARGS(make))
