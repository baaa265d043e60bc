/* SPDX-License-Identifier: MIT */
/* unique-check-race: an iterator keeps its last result and fills it again when
 * its count is 1. Two threads that share the iterator both read 1.
 *
 * like: python/cpython#123271
 * needs: ft >=3.14
 * options: warnings_are_errors=1
 * run: import t; t.share()
 * exit: 66
 * report:
 *   refsan: unique-check-race: a reference count of 1 was read where it does not mean one reference
 *     object  ADDR  <list>  ...owner T1 ...
 *     reference count read by thread ... 'worker' ...:
 *       #0 ADDR in may_reuse ...unique-check-race-cached-result.c:@ask ...
 *       #...
 *     because  it is owned by T1 'python...', not by this thread
 *     ...
 */
#include "ext.h"

static PyObject *cached;

static __attribute__((noinline)) int
may_reuse(PyObject *result)
{
#ifdef FIXED
    return PyUnstable_Object_IsUniquelyReferenced(result);
#else
    return (Py_REFCNT)(result) == 1; // @ask
#endif
}

static void
next_result(void *unused)
{
    if (may_reuse(cached))
        PyList_SetSlice(cached, 0, 1, NULL);
}

static PyObject *
share(PyObject *self, PyObject *unused)
{
    cached = PyList_New(0);
    next_result(NULL);
    EXT_THREAD(next_result, NULL);
    Py_RETURN_NONE;
}

EXT_MODULE(t, EXT_NOARGS(share))
