/* SPDX-License-Identifier: MIT */
/* incref-after-zero: operations of threads without the GIL are only written
 * down, and done by the next thread that has it. The object dies in between.
 *
 * like: PyO3/pyo3#4105
 * needs: births, >=3.14
 * run: import t; t.clone_and_drop()
 * exit: 66
 * crash[gil, >=3.15]: lists
 *   follows  incref-after-zero:drain, about <list> ADDR, dead
 * report:
 *   refsan: incref-after-zero: incref of an object whose deallocation has begun
 *     object  ADDR  ...
 *     incref by thread T1 ...:
 *       #0 ADDR in drain ...incref-after-zero-reference-pool.c:@apply ...
 *       #...
 *     because  its deallocation is over
 *     ...
 */
#include "ext.h"

static struct {
    PyObject *increfs[4];
    int count;
} pool;

static void
clone_without_gil(void *object)
{
    pool.increfs[pool.count++] = (PyObject *)object;
}

static __attribute__((noinline)) void
drain(void)
{
    while (pool.count > 0)
        Py_IncRef(pool.increfs[--pool.count]); // @apply
}

static PyObject *
clone_and_drop(PyObject *self, PyObject *unused)
{
    PyObject *object = PyList_New(0);

    EXT_THREAD_DETACHED(clone_without_gil, object);
#ifdef FIXED
    drain();
    Py_DecRef(object);
#endif
    Py_DecRef(object);
    drain();
    Py_RETURN_NONE;
}

EXT_MODULE(t, EXT_NOARGS(clone_and_drop))
