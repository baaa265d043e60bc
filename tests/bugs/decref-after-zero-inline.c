/* SPDX-License-Identifier: MIT */
/* decref-after-zero: the second of two releases is compiled in line.
 *
 * A default build calls nothing for it: the count of the dead object goes from
 * what is left in its memory to one less, and somebody else's object breaks.
 * Only instrumented code says that it happened, and where.
 *
 * like: python/cpython#109496
 * needs: births, instrumented
 * run: import t; t.release_twice()
 * exit: 66
 * crash[gil, >=3.15]: lists
 *   follows  decref-after-zero:release_twice, about <list> ADDR, dead
 * report:
 *   refsan: decref-after-zero: decref of an object whose reference count had already reached zero
 *     object  ADDR  ...
 *     decref by thread T1 ...:
 *       #0 ADDR in release_twice ...decref-after-zero-inline.c:@second ...
 *       #...
 *     because  its deallocation is over
 *     ...
 *     reference count reached zero in decref by thread T1 ...:
 *       #0 ADDR in release_twice ...decref-after-zero-inline.c:@first ...
 *       ...
 *     history  oldest first: thread, operation, refcount, place
 *       1.  T1   incref              1 -> 2     in release_twice ...decref-after-zero-inline.c:@take
 *       2.  T1   decref              2 -> 1     in release_twice ...decref-after-zero-inline.c:@give
 *       3.  T1   decref              1 -> 0     in release_twice ...decref-after-zero-inline.c:@first
 *     ...
 */
#include "ext.h"

static PyObject *
release_twice(PyObject *self, PyObject *unused)
{
    PyObject *result = PyList_New(0);

    Py_INCREF(result); // @take
    Py_DECREF(result); // @give
    Py_DECREF(result); // @first
#ifndef FIXED
    Py_DECREF(result); // @second
#endif
    Py_RETURN_NONE;
}

EXT_MODULE(t, EXT_NOARGS(release_twice))
