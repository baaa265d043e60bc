/* SPDX-License-Identifier: MIT */
/* defer-shared: deferred counting for an object that another thread holds.
 *
 * like: python/cpython#130421
 * needs: ft >=3.14
 * run: import t; t.make()
 * exit: 66
 * story:
 *   defer-shared-used.c:@defer: error: deferred reference counting enabled after others could see list [defer-shared]
 *     made deferred, main thread
 *       NUM | PyUnstable_Object_EnableDeferredRefcount(made); // @defer
 *            make < run.py:1
 *     first incref by another thread, T2 'worker' (ended)
 *       NUM | Py_IncRef(object); // @take
 *            take < ext_thread_main (ext.h:NUM)
 *     because   another thread has operated on it; its shared reference count is in
 *               use (1)
 *     object    <list> ADDR, refcount 2,
 *               created by main thread at run.py:1
 *     fix       call PyUnstable_Object_EnableDeferredRefcount right after creating
 *               the object, before it is stored or passed anywhere
 *     more      refsan explain defer-shared
 * report:
 *   refsan: defer-shared: deferred reference counting was enabled on an object others could already see
 *     object  ADDR  <list>  refcount local 1 + shared 1 = 2, owner T1 'python...', live, shared
 *     made deferred by thread T1 'python...':
 *       #0 in make defer-shared-used.c:@defer
 *       #1 in <module> run.py:1 (python)
 *     because  another thread has operated on it
 *              its shared reference count is in use (1)
 *     first touched by a thread other than its creator: incref by thread T2 'worker' (created by T1 'python...', ended):
 *       #0 in take defer-shared-used.c:@take
 *       #1 in ext_thread_main ext.h:NUM
 *     created by thread T1 'python...':
 *       #0 in <module> run.py:1 (python)
 *     history  oldest first: thread, operation, refcount, place
 *       1.  T2   incref              1 -> 2     in take defer-shared-used.c:@take
 *       2.  T1   deferred            2 -> 2     in make defer-shared-used.c:@defer
 *     fix      call PyUnstable_Object_EnableDeferredRefcount right after creating the object, before it is stored or passed anywhere
 *     suppress defer-shared:make
 *     docs     docs/reports.md#defer-shared
 */
#include "ext.h"

static void
take(void *object)
{
    Py_IncRef(object); // @take
}

static PyObject *
make(PyObject *self, PyObject *unused)
{
    PyObject *made = PyList_New(0);

#ifdef FIXED
    PyUnstable_Object_EnableDeferredRefcount(made);
#endif
    EXT_THREAD(take, made);
#ifndef FIXED
    PyUnstable_Object_EnableDeferredRefcount(made); // @defer
#endif
    Py_DecRef(made);
    return made;
}

EXT_MODULE(t, EXT_NOARGS(make))
