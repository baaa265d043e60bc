/* SPDX-License-Identifier: MIT */
/* immortal-lost: a thread in the middle of an incref writes its count back
 * over the mark of immortality.
 *
 * The two halves of the incref are written out here, so that the mark always
 * comes between them.
 *
 * like: python/cpython#113956
 * needs: >=3.14 births
 * run: import t; t.lose_mark()
 * exit: 66
 * story:
 *   immortal-lost-written-back.c:@use: error: immortal list is mortal again [immortal-lost]
 *     incref, main thread
 *       NUM | Py_IncRef(list); // @use
 *            lose_mark < run.py:1
 *     made immortal
 *       NUM | _Py_SetImmortal(list);
 *            lose_mark < run.py:1
 *     object    <list> ADDR, ...
 *   ...
 *     fix       make objects immortal before any other thread can see them, with
 *               PyUnstable_SetImmortal, and count them only with the running
 *               version's own functions
 *     more      refsan explain immortal-lost
 * report:
 *   refsan: immortal-lost: an immortal object is mortal again
 *     object  ADDR  <list>  refcount ... T1 'python...', immortal
 *     incref by thread T1 'python...':
 *       #0 in lose_mark immortal-lost-written-back.c:@use
 *       #1 in <module> run.py:1 (python)
 *     made immortal:
 *       #0 in lose_mark immortal-lost-written-back.c:NUM
 *       #1 in <module> run.py:1 (python)
 *     created by thread T1 'python...':
 *       #0 in <module> run.py:1 (python)
 *     history  oldest first: thread, operation, refcount, place
 *       1.  T1   immortalize_forced  1 -> 1     in lose_mark immortal-lost-written-back.c:NUM
 *       2.  T1   incref              ... lose_mark immortal-lost-written-back.c:@use
 *     fix      make objects immortal before any other thread can see them, with PyUnstable_SetImmortal, and count them only with the running version's own functions
 *     suppress immortal-lost:lose_mark
 *     docs     docs/reports.md#immortal-lost
 */
#include "ext.h"

PyAPI_FUNC(void) _Py_SetImmortal(PyObject *);

#ifdef Py_GIL_DISABLED
#define COUNT(object) (object)->ob_ref_local
#else
#define COUNT(object) (object)->ob_refcnt
#endif

static PyObject *
lose_mark(PyObject *self, PyObject *unused)
{
    PyObject *list = PyList_New(0);
    uint32_t count = COUNT(list) + 1;

    _Py_SetImmortal(list);
#ifndef FIXED
    COUNT(list) = count;
#endif
    Py_IncRef(list); // @use
    return count == 2 ? list : NULL;
}

EXT_MODULE(t, EXT_NOARGS(lose_mark))
