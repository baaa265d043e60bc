/* SPDX-License-Identifier: MIT */
/* decref-after-zero: an error path releases what was released before.
 *
 * like: python/cpython#109496
 * needs: births
 * run: import t; t.release_twice()
 * exit: 66
 * crash[gil, >=3.15]: lists
 *   follows  decref-after-zero:release_twice, about <list> ADDR, dead
 * story:
 *   decref-after-zero-twice.c:@second: error: list released twice [decref-after-zero]
 *     decref, main thread
 *       NUM | Py_DecRef(result); // @second
 *            release_twice < run.py:1
 *     last reference released, main thread
 *       NUM | Py_DecRef(result); // @first
 *            release_twice < run.py:1
 *     because   its deallocation is over
 *     object    <list> ADDR, created by main thread at run.py:1
 *     fix       release each reference once: set the variable to NULL when it is
 *               released (Py_CLEAR) …
 *     more      refsan explain decref-after-zero
 * report:
 *   refsan: decref-after-zero: decref of an object whose reference count had already reached zero
 *     object  ADDR  <list>  refcount ... T1 'python...', dead
 *     decref by thread T1 'python...':
 *       #0 in release_twice decref-after-zero-twice.c:@second
 *       #1 in <module> run.py:1 (python)
 *     because  its deallocation is over
 *     skipped  refsan skipped the operation so that the process can continue
 *     reference count reached zero in decref by thread T1 'python...':
 *       #0 in release_twice decref-after-zero-twice.c:@first
 *       #1 in <module> run.py:1 (python)
 *     created by thread T1 'python...':
 *       #0 in <module> run.py:1 (python)
 *     history  oldest first: thread, operation, refcount, place
 *       1.  T1   decref              1 -> 0     in release_twice decref-after-zero-twice.c:@first
 *       2.  T1   decref              ... release_twice decref-after-zero-twice.c:@second
 *     fix      release each reference once: set the variable to NULL when it is released (Py_CLEAR), and do not release what was stolen (PyList_SetItem and PyTuple_SetItem steal even when they fail) or only borrowed (PyList_GetItem, PyDict_GetItem)
 *     suppress decref-after-zero:release_twice
 *     docs     docs/reports.md#decref-after-zero
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
