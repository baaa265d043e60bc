/* SPDX-License-Identifier: MIT */
/* tryincref-after-free: a registry keeps the pointer after the object is gone.
 *
 * needs: >=3.14 births
 * run: import t; t.look_up_late()
 * exit: 66
 * crash[gil, >=3.15]: lists
 *   follows  tryincref-after-free:look_up_late, about <list> ADDR, dead
 * story:
 *   tryincref-after-free-registry.c:@try: error: PyUnstable_TryIncRef on list after it was freed [tryincref-after-free]
 *     TryIncRef, main thread
 *       NUM | is_alive = PyUnstable_TryIncRef(registered); // @try
 *            look_up_late < run.py:1
 *     last reference released, main thread
 *       NUM | Py_DecRef(registered);                       // @release
 *            look_up_late < run.py:1
 *     because   its deallocation is over
 *     object    <list> ADDR, created by main thread at run.py:1
 *     history   main thread  enabled for TryIncRef  1 -> 1   look_up_late:NUM
 *               main thread  decref                 1 -> 0   look_up_late:NUM
 *               main thread  TryIncRef              skipped  look_up_late:NUM
 *     fix       remove the pointer from the map in tp_dealloc, and take the same
 *               lock there and around the look-up with PyUnstable_TryIncRef
 *     more      refsan explain tryincref-after-free
 * report:
 *   refsan: tryincref-after-free: PyUnstable_TryIncRef on memory that is no longer the object
 *     object  ADDR  <list>  refcount ... T1 'python...', dead, try-enabled
 *     TryIncRef by thread T1 'python...':
 *       #0 in look_up_late tryincref-after-free-registry.c:@try
 *       #1 in <module> run.py:1 (python)
 *     because  its deallocation is over
 *     skipped  refsan skipped the operation so that the process can continue
 *     reference count reached zero in decref by thread T1 'python...':
 *       #0 in look_up_late tryincref-after-free-registry.c:@release
 *       #1 in <module> run.py:1 (python)
 *     created by thread T1 'python...':
 *       #0 in <module> run.py:1 (python)
 *     history  oldest first: thread, operation, refcount, place
 *       1.  T1   try_enable          1 -> 1     in look_up_late tryincref-after-free-registry.c:NUM
 *       2.  T1   decref              1 -> 0     in look_up_late tryincref-after-free-registry.c:@release
 *       3.  T1   tryincref           ... look_up_late tryincref-after-free-registry.c:@try
 *     fix      remove the pointer from the map in tp_dealloc, and take the same lock there and around the look-up with PyUnstable_TryIncRef
 *     suppress tryincref-after-free:look_up_late
 *     docs     docs/reports.md#tryincref-after-free
 */
#include "ext.h"

static PyObject *
look_up_late(PyObject *self, PyObject *unused)
{
    PyObject *registered = PyList_New(0);
    long is_alive;

    PyUnstable_EnableTryIncRef(registered);
#ifdef FIXED
    is_alive = PyUnstable_TryIncRef(registered);
    Py_DecRef(registered);
    Py_DecRef(registered);
#else
    Py_DecRef(registered);                       // @release
    is_alive = PyUnstable_TryIncRef(registered); // @try
#endif
    return PyLong_FromLong(is_alive);
}

EXT_MODULE(t, EXT_NOARGS(look_up_late))
