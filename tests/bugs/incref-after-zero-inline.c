/* SPDX-License-Identifier: MIT */
/* incref-after-zero: a borrowed item is kept over a call that drops its list.
 *
 * needs: births, instrumented
 * run: import t; t.keep_item()
 * exit: 66
 * report:
 *   refsan: incref-after-zero: incref of an object whose deallocation has begun
 *     object  ADDR  ...
 *     incref by thread T1 ...:
 *       #0 ADDR in keep_item ...incref-after-zero-inline.c:@take ...
 *       ...
 *     created by thread T1 ...:
 *       ...
 *     history  oldest first: thread, operation, refcount, place
 *       1.  T1   steal               1 -> 1     in keep_item ...incref-after-zero-inline.c:@store
 *     ...
 */
#include "ext.h"

static PyObject *
keep_item(PyObject *self, PyObject *unused)
{
    PyObject *list = PyList_New(1);
    PyObject *item;

    PyList_SET_ITEM(list, 0, PyList_New(0)); // @store
    item = PyList_GET_ITEM(list, 0);
#ifdef FIXED
    Py_INCREF(item);
#endif
    Py_DECREF(list);
#ifdef FIXED
    Py_DECREF(item);
#else
    Py_INCREF(item); // @take
#endif
    Py_RETURN_NONE;
}

EXT_MODULE(t, EXT_NOARGS(keep_item))
