/* SPDX-License-Identifier: MIT */
/* decref-after-zero: an error path releases what was released before.
 *
 * like: python/cpython#109496
 * needs: births
 * run: import t; t.release_twice()
 * exit: 66
 * report:
 *   refsan: decref-after-zero: decref of an object whose reference count had already reached zero
 *     object  ADDR  ...
 *     decref by thread T1 ...:
 *       #0 ADDR in release_twice ...decref-after-zero-twice.c:@second ...
 *       ...
 *     its count had reached zero in: decref by thread T1 ...:
 *       #0 ADDR in release_twice ...decref-after-zero-twice.c:@first ...
 *     ...
 */
#include "ext.h"

static PyObject *
release_twice(PyObject *self, PyObject *unused)
{
    PyObject *result = PyList_New(0);

    Py_DecRef(result); // @first
#ifndef FIXED
    Py_DecRef(result); // @second
#endif
    Py_RETURN_NONE;
}

EXT_MODULE(t, EXT_NOARGS(release_twice))
