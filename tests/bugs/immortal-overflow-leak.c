/* SPDX-License-Identifier: MIT */
/* immortal-overflow: a loop takes references and gives none back, until the
 * counter has no room for another.
 *
 * The loop is shortened: the count is set to what it has two rounds before.
 *
 * needs: >=3.14 births
 * run: import t; t.take()
 * exit: 66
 * story:
 *   immortal-overflow-leak.c:@take: error: list became immortal, because its reference count overflowed [immortal-overflow]
 *     incref, main thread
 *       NUM | Py_IncRef(list); // @take
 *            take < run.py:1
 *     last incref before that, main thread
 *       NUM | Py_IncRef(list); // @take
 *            take < run.py:1
 *     object    <list> ADDR, refcount ...
 *               created by main thread at run.py:1
 *     fix       find the Py_INCREF, or the strong getter, whose reference is never
 *               released
 *     more      refsan explain immortal-overflow
 * report:
 *   refsan: immortal-overflow: the reference count overflowed and made the object immortal
 *     object  ADDR  <list>  refcount ... owner T1 'python...', live
 *     incref by thread T1 'python...':
 *       #0 in take immortal-overflow-leak.c:@take
 *       #1 in <module> run.py:1 (python)
 *     last operation seen before it: incref by thread T1 'python...':
 *       #0 in take immortal-overflow-leak.c:@take
 *       #1 in <module> run.py:1 (python)
 *     created by thread T1 'python...':
 *       #0 in <module> run.py:1 (python)
 *     history  oldest first: thread, operation, refcount, place
 *       1.  T1   incref              ... in take immortal-overflow-leak.c:@take
 *       2.  T1   incref              ... -> NUM in take immortal-overflow-leak.c:@take
 *       3.  T1   incref              NUM -> NUM in take immortal-overflow-leak.c:@take
 *     fix      find the Py_INCREF, or the strong getter, whose reference is never released
 *     suppress immortal-overflow:take
 *     docs     docs/reports.md#immortal-overflow
 */
#include "ext.h"

#ifdef Py_GIL_DISABLED
#define ROOM UINT32_MAX
#else
#define ROOM 0x80000000
#endif

static PyObject *
take(PyObject *self, PyObject *unused)
{
    PyObject *list = PyList_New(0);

    Py_SET_REFCNT(list, (Py_ssize_t)ROOM - 3);
    for (int i = 0; i < 4; i++) {
        Py_IncRef(list); // @take
#ifdef FIXED
        Py_DECREF(list);
#endif
    }
    return list;
}

EXT_MODULE(t, EXT_NOARGS(take))
