/* SPDX-License-Identifier: MIT */
/* immortalize-foreign: a helper thread makes the main thread's object immortal.
 *
 * like: python/cpython#113956
 * needs: >=3.15 births
 * run: import t; t.prepare()
 * exit: 66
 * story:
 *   immortalize-foreign-worker.c:@immortalize: error: list made immortal by a thread that does not own it [immortalize-foreign]
 *   ...
 *       NUM | PyUnstable_SetImmortal(object); // @immortalize
 *            immortalize < ext_thread_main (ext.h:NUM)
 *     because   it is owned by main thread, not by this thread; the interpreter
 *   ...
 *     object    <list> ADDR, refcount 1,
 *               created by main thread at run.py:1
 *     fix       make the object immortal in the thread that creates it, before any
 *               other thread can see it
 *     more      refsan explain immortalize-foreign
 * report[ft]:
 *   refsan: immortalize-foreign: object made immortal by a thread that does not own it
 *     object  ADDR  <list>  refcount local 1 + shared 0 = 1, owner T1 'python...', live, shared
 *     refused to become immortal by thread T2 'worker' (created by T1 'python...'):
 *       #0 in immortalize immortalize-foreign-worker.c:@immortalize
 *       #1 in ext_thread_main ext.h:NUM
 *     because  it is owned by T1 'python...', not by this thread
 *              the interpreter refused: it stays mortal
 *     created by thread T1 'python...':
 *       #0 in <module> run.py:1 (python)
 *     history  oldest first: thread, operation, refcount, place
 *       1.  T2   immortalize_refused 1 -> 1     in immortalize immortalize-foreign-worker.c:@immortalize
 *     fix      make the object immortal in the thread that creates it, before any other thread can see it
 *     suppress immortalize-foreign:immortalize
 *     docs     docs/reports.md#immortalize-foreign
 * report:
 *   refsan: immortalize-foreign: object made immortal by a thread that does not own it
 *     object  ADDR  <list>  refcount 1, owner T1 'python...', live, shared
 *     made immortal by thread T2 'worker' (created by T1 'python...'):
 *       #0 in immortalize immortalize-foreign-worker.c:@immortalize
 *       #1 in ext_thread_main ext.h:NUM
 *     because  it is owned by T1 'python...', not by this thread
 *              the interpreter allowed it
 *     created by thread T1 'python...':
 *       #0 in <module> run.py:1 (python)
 *     history  oldest first: thread, operation, refcount, place
 *       1.  T2   immortalized        1 -> 1     in immortalize immortalize-foreign-worker.c:@immortalize
 *     fix      make the object immortal in the thread that creates it, before any other thread can see it
 *     suppress immortalize-foreign:immortalize
 *     docs     docs/reports.md#immortalize-foreign
 */
#include "ext.h"

static void
immortalize(void *object)
{
    PyUnstable_SetImmortal(object); // @immortalize
}

static PyObject *
prepare(PyObject *self, PyObject *unused)
{
    PyObject *table = PyList_New(0);

#ifdef FIXED
    immortalize(table);
#else
    EXT_THREAD(immortalize, table);
#endif
    return table;
}

EXT_MODULE(t, EXT_NOARGS(prepare))
