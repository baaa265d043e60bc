/* SPDX-License-Identifier: MIT */
/* refop-detached: a reference is taken inside Py_BEGIN_ALLOW_THREADS.
 *
 * Default builds count without atomics: two threads that do this lose a count.
 *
 * like: apache/arrow#3655
 * run: import t; t.keep([object()])
 * exit: 66
 * story:
 *   refop-detached-allow-threads.c:@take: error: list counted without an attached thread state [refop-detached]
 *     incref, main thread
 *       NUM | Py_IncRef(object); // @take
 *            keep
 *     object    <list> ADDR, refcount ...
 *   ...
 *     fix       attach first: PyGILState_Ensure/PyGILState_Release around the call
 *               (also on free-threaded builds), or keep the operation outside
 *               Py_BEGIN_ALLOW_THREADS
 *     more      refsan explain refop-detached
 * report[births]:
 *   refsan: refop-detached: reference operation on a thread with no attached thread state
 *     object  ADDR  <list>  refcount ... owner T1 'python...', live
 *     incref by thread T1 'python...':
 *       #0 in keep refop-detached-allow-threads.c:@take
 *     created by thread T1 'python...':
 *       #0 in <module> run.py:1 (python)
 *     history  oldest first: thread, operation, refcount, place
 *       1.  T1   incref              1 -> 2     in keep refop-detached-allow-threads.c:@take
 *     fix      attach first: PyGILState_Ensure/PyGILState_Release around the call (also on free-threaded builds), or keep the operation outside Py_BEGIN_ALLOW_THREADS
 *     suppress refop-detached:keep
 *     docs     docs/reports.md#refop-detached
 * report:
 *   refsan: refop-detached: reference operation on a thread with no attached thread state
 *     object  ADDR  <list>  ...
 *     incref by thread ...:
 *       #0 ADDR in keep ...refop-detached-allow-threads.c:@take ...
 *       ...
 */
#include "ext.h"

static PyObject *
keep(PyObject *self, PyObject *object)
{
#ifdef FIXED
    Py_IncRef(object);
#endif
    Py_BEGIN_ALLOW_THREADS
#ifndef FIXED
    Py_IncRef(object); // @take
#endif
    Py_END_ALLOW_THREADS
    Py_DecRef(object);
    Py_RETURN_NONE;
}

EXT_MODULE(t, EXT_O(keep))
