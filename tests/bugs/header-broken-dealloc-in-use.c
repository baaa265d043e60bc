/* SPDX-License-Identifier: MIT */
/* header-broken: an object is deallocated while references to it are counted.
 *
 * run: import t; t.free_early([])
 * exit: 66
 * crash[gil, >=3.15]: plainly
 *   follows  header-broken:free_early, about <list> ADDR, live
 * story:
 *   header-broken-dealloc-in-use.c:@dealloc: error: header of list is broken [header-broken]
 *     deallocated, main thread
 *       NUM | _Py_Dealloc(object); // @dealloc
 *            free_early < run.py:1
 *     because   it is deallocated while its count is 1
 *     object    <list> ADDR, refcount ...
 *   ...
 *     fix       do not call _Py_Dealloc: release the reference with Py_DECREF, which
 *               destroys the object when nobody else has one
 *     more      refsan explain header-broken
 * report[births]:
 *   refsan: header-broken: the object's header holds a combination that reference counting never produces
 *     object  ADDR  <list>  refcount ... owner T1 'python...', live
 *     deallocated by thread T1 'python...':
 *       #0 in free_early header-broken-dealloc-in-use.c:@dealloc
 *       #1 in <module> run.py:1 (python)
 *     because  it is deallocated while its count is 1
 *     skipped  refsan skipped the operation so that the process can continue
 *     created by thread T1 'python...':
 *       #0 in <module> run.py:1 (python)
 *     history  oldest first: thread, operation, refcount, place
 *       1.  T1   dealloc             skipped    in free_early header-broken-dealloc-in-use.c:@dealloc
 *     fix      do not call _Py_Dealloc: release the reference with Py_DECREF, which destroys the object when nobody else has one
 *     suppress header-broken:free_early
 *     docs     docs/reports.md#header-broken
 * report:
 *   refsan: header-broken: the object's header holds a combination that reference counting never produces
 *     object  ADDR  <list>  ...
 *     deallocated by thread T1 ...:
 *       #0 ADDR in free_early ...header-broken-dealloc-in-use.c:@dealloc ...
 *       #...
 *     because  it is deallocated while its count is 1
 *     ...
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
