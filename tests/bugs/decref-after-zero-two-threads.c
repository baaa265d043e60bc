/* SPDX-License-Identifier: MIT */
/* decref-after-zero: two threads empty the same slot; the second comes late.
 *
 * like: python/cpython#154043
 * needs: births
 * run: import t; t.empty_twice()
 * exit: 66
 * crash[gil, >=3.15]: lists
 *   follows  decref-after-zero:empty, about <list> ADDR, dead
 * report:
 *   refsan: decref-after-zero: decref of an object whose reference count had already reached zero
 *     object  ADDR  ...
 *     decref by thread ... 'worker' ...:
 *       #0 ADDR in empty ...decref-after-zero-two-threads.c:@release ...
 *       #...
 *     because  its deallocation is over
 *     ...
 *     reference count reached zero in decref by thread T1 ...:
 *       #0 ADDR in empty ...decref-after-zero-two-threads.c:@release ...
 *     ...
 */
#include "ext.h"

static PyObject *slot;

static void
empty(void *seen)
{
    if (seen != NULL)
        Py_DecRef(seen); // @release
}

static PyObject *
empty_twice(PyObject *self, PyObject *unused)
{
    PyObject *seen;

    slot = PyList_New(0);
    seen = slot;
    empty(slot);
#ifdef FIXED
    seen = NULL;
#endif
    EXT_THREAD(empty, seen);
    Py_RETURN_NONE;
}

EXT_MODULE(t, EXT_NOARGS(empty_twice))
