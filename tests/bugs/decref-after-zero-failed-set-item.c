/* SPDX-License-Identifier: MIT */
/* decref-after-zero: releases an item that PyList_SetItem has stolen in vain.
 *
 * PyList_SetItem owns the item even when it fails: it has released it. The error
 * path releases it once more.
 *
 * like: cython/cython#7599, ReviewToolkits/cext-review-toolkit#36
 * needs: births
 * run: import t; t.set_beyond_the_end()
 * exit: 66
 * crash[gil, >=3.15]: lists
 *   follows  decref-after-zero:set_beyond_the_end, about <list> ADDR, dead
 * report:
 *   refsan: decref-after-zero: decref of an object whose reference count had already reached zero
 *     object  ADDR  ...
 *     decref by thread T1 ...:
 *       #0 ADDR in set_beyond_the_end ...decref-after-zero-failed-set-item.c:@release ...
 *       ...
 *     given to a container by thread T1 ...:
 *       #0 ADDR in set_beyond_the_end ...decref-after-zero-failed-set-item.c:@steal ...
 *     ...
 */
#include "ext.h"

static PyObject *
set_beyond_the_end(PyObject *self, PyObject *unused)
{
    PyObject *list = PyList_New(0);
    PyObject *item = PyList_New(0);

    if (PyList_SetItem(list, 3, item) < 0) { // @steal
        PyErr_Clear();
#ifndef FIXED
        Py_DecRef(item); // @release
#endif
    }
    return list;
}

EXT_MODULE(t, EXT_NOARGS(set_beyond_the_end))
