/* SPDX-License-Identifier: MIT */
/* immortalize-shared: made immortal after another thread has used it.
 *
 * Nothing is wrong with the header at that moment, so the interpreter agrees;
 * a thread in the middle of an incref would take the mark away again.
 *
 * like: python/cpython#113956
 * needs: >=3.15 births
 * run: import t; t.publish()
 * exit: 66
 * story:
 *   immortalize-shared-published.c:@immortalize: error: list made immortal after others could see it [immortalize-shared]
 *     made immortal, main thread
 *       NUM | PyUnstable_SetImmortal(table); // @immortalize
 *            publish < run.py:1
 *     first incref by another thread, T2 'worker' (ended)
 *       NUM | Py_IncRef(object); // @use
 *            use < ext_thread_main (ext.h:NUM)
 *     because   another thread has operated on it; the interpreter allowed it
 *     object    <list> ADDR, refcount 1,
 *               created by main thread at run.py:1
 *     history   T2 'worker'  incref         1 -> 2  use:NUM
 *               T2 'worker'  decref         2 -> 1  use:NUM
 *               main thread  made immortal  1 -> 1  publish:NUM
 *     fix       call PyUnstable_SetImmortal right after creating the object, before
 *               it is stored or passed anywhere, and check that it returned 1
 *     more      refsan explain immortalize-shared
 * report:
 *   refsan: immortalize-shared: object made immortal while others could see it
 *     object  ADDR  <list>  refcount ... owner T1 'python...', live, shared
 *     made immortal by thread T1 'python...':
 *       #0 in publish immortalize-shared-published.c:@immortalize
 *       #1 in <module> run.py:1 (python)
 *     because  another thread has operated on it
 *              the interpreter allowed it
 *     first touched by a thread other than its creator: incref by thread T2 'worker' (created by T1 'python...', ended):
 *       #0 in use immortalize-shared-published.c:@use
 *       #1 in ext_thread_main ext.h:NUM
 *     created by thread T1 'python...':
 *       #0 in <module> run.py:1 (python)
 *     history  oldest first: thread, operation, refcount, place
 *       1.  T2   incref              1 -> 2     in use immortalize-shared-published.c:@use
 *       2.  T2   decref              2 -> 1     in use immortalize-shared-published.c:NUM
 *       3.  T1   immortalized        1 -> 1     in publish immortalize-shared-published.c:@immortalize
 *     fix      call PyUnstable_SetImmortal right after creating the object, before it is stored or passed anywhere, and check that it returned 1
 *     suppress immortalize-shared:publish
 *     docs     docs/reports.md#immortalize-shared
 */
#include "ext.h"

static void
use(void *object)
{
    Py_IncRef(object); // @use
    Py_DecRef(object);
}

static PyObject *
publish(PyObject *self, PyObject *unused)
{
    PyObject *table = PyList_New(0);

#ifdef FIXED
    PyUnstable_SetImmortal(table);
#endif
    EXT_THREAD(use, table);
#ifndef FIXED
    PyUnstable_SetImmortal(table); // @immortalize
#endif
    return table;
}

EXT_MODULE(t, EXT_NOARGS(publish))
