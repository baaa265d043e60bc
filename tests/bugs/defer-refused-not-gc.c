/* SPDX-License-Identifier: MIT */
/* defer-refused: deferred counting for an object that no collector sees.
 *
 * needs: ft >=3.14
 * run: import t; t.make()
 * options: warnings_are_errors=1
 * exit: 66
 * story:
 *   defer-refused-not-gc.c:@defer: warning: deferred reference counting refused for float [defer-refused]
 *     refused deferred counting, main thread
 *       NUM | PyUnstable_Object_EnableDeferredRefcount(made); // @defer
 *            make < run.py:1
 *     because   its type does not take part in garbage collection
 *     object    <float> ADDR, refcount 1, created by main thread
 *     fix       ask after PyObject_GC_Track, on an object of a Py_TPFLAGS_HAVE_GC
 *               type, in the thread that made it
 *     more      refsan explain defer-refused
 * report:
 *   refsan: defer-refused: deferred reference counting was refused
 *     object  ADDR  <float>  refcount local 1 + shared 0 = 1, owner T1 'python...', live
 *     refused deferred counting by thread T1 'python...':
 *       #0 in make defer-refused-not-gc.c:@defer
 *       #1 in <module> run.py:1 (python)
 *     because  its type does not take part in garbage collection
 *     created by thread T1 'python...':
 *       #...
 *     history  oldest first: thread, operation, refcount, place
 *       1.  T1   defer_refused       1 -> 1     in make defer-refused-not-gc.c:@defer
 *     fix      ask after PyObject_GC_Track, on an object of a Py_TPFLAGS_HAVE_GC type, in the thread that made it
 *     suppress defer-refused:make
 *     docs     docs/reports.md#defer-refused
 */
#include "ext.h"

static PyObject *
make(PyObject *self, PyObject *unused)
{
#ifdef FIXED
    PyObject *made = PyList_New(0);
#else
    PyObject *made = PyFloat_FromDouble(0.125);
#endif
    PyUnstable_Object_EnableDeferredRefcount(made); // @defer
    return made;
}

EXT_MODULE(t, EXT_NOARGS(make))
