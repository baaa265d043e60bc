/* SPDX-License-Identifier: MIT */
/* tryincref-not-enabled: a look-up finds a live object and is told it is dead.
 *
 * On free-threaded builds the answer to another thread is 0 although the object
 * lives; on default builds it happens to be right.
 *
 * like: python/cpython#152020
 * needs: >=3.14 births
 * run: import t; t.register_and_look_up()
 * exit: 66
 * story:
 *   tryincref-not-enabled-lookup.c:@try: error: PyUnstable_TryIncRef on list, which was never enabled for it [tryincref-not-enabled]
 *     TryIncRef, T2 'worker'
 *       NUM | if (PyUnstable_TryIncRef(registered)) // @try
 *            look_up < ext_thread_main (ext.h:NUM)
 *     object    <list> ADDR, refcount 1,
 *               created by main thread at run.py:1
 *     fix       call PyUnstable_EnableTryIncRef once, while holding a strong
 *               reference, before the pointer is put where others find it
 *     more      refsan explain tryincref-not-enabled
 * report:
 *   refsan: tryincref-not-enabled: PyUnstable_TryIncRef on an object that was never enabled for it
 *     object  ADDR  <list>  refcount ... owner T1 'python...', live
 *     TryIncRef by thread T2 'worker' (created by T1 'python...'):
 *       #0 in look_up tryincref-not-enabled-lookup.c:@try
 *       #1 in ext_thread_main ext.h:NUM
 *     created by thread T1 'python...':
 *       #0 in <module> run.py:1 (python)
 *     history  oldest first: thread, operation, refcount, place
 *       1.  T2   tryincref           1 -> 1     in look_up tryincref-not-enabled-lookup.c:@try
 *     fix      call PyUnstable_EnableTryIncRef once, while holding a strong reference, before the pointer is put where others find it
 *     suppress tryincref-not-enabled:look_up
 *     docs     docs/reports.md#tryincref-not-enabled
 */
#include "ext.h"

static PyObject *registered;

static void
look_up(void *unused)
{
    if (PyUnstable_TryIncRef(registered)) // @try
        Py_DECREF(registered);
}

static PyObject *
register_and_look_up(PyObject *self, PyObject *unused)
{
    registered = PyList_New(0);
#ifdef FIXED
    PyUnstable_EnableTryIncRef(registered);
#endif
    EXT_THREAD(look_up, NULL);
    return registered;
}

EXT_MODULE(t, EXT_NOARGS(register_and_look_up))
