/* SPDX-License-Identifier: MIT */
/* refop-detached: a binding counts its own guards and asks that counter
 * instead of the interpreter. Inside a block that released the GIL it still
 * says "held".
 *
 * like: PyO3/pyo3#913
 * run: import t; t.drop_inside([1])
 * exit: 66
 * report:
 *   refsan: refop-detached: reference operation on a thread with no attached thread state
 *     object  ADDR  <list>  ...
 *     decref by thread T1 ...:
 *       #0 ADDR in drop ...refop-detached-private-counter.c:@release ...
 *       ...
 *     ...
 */
#include "ext.h"

static _Thread_local int guards;
static PyObject *pending;

static __attribute__((noinline)) void
drop(PyObject *object)
{
#ifdef FIXED
    int is_held = PyGILState_Check();
#else
    int is_held = guards > 0;
#endif

    if (is_held)
        Py_DecRef(object); // @release
    else
        pending = object;
}

static PyObject *
drop_inside(PyObject *self, PyObject *object)
{
    Py_INCREF(object);
    guards++;
    Py_BEGIN_ALLOW_THREADS
    drop(object);
    Py_END_ALLOW_THREADS
    guards--;
    Py_XDECREF(pending);
    Py_RETURN_NONE;
}

EXT_MODULE(t, EXT_O(drop_inside))
