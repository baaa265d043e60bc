/* SPDX-License-Identifier: MIT */
/* count-underflow: the last release of an owner clears the owner's name without
 * marking the counts as merged. The dealloc keeps the object: it takes its
 * reference in the shared half, being nobody's owner. Then the collector finds
 * an object without an owner that is not merged, and gives it one.
 *
 * like: python/cpython#121794
 * needs: ft
 * run: import t; t.preserve()
 * exit: 66
 * report:
 *   refsan: count-underflow: the reference count went below zero
 *     object  ADDR  <list>  ...
 *     decref by thread T1 ...:
 *       #0 ADDR in preserve ...count-underflow-owner-restored.c:@release ...
 *       ...
 */
#include "ext.h"

static PyObject *
preserve(PyObject *self, PyObject *unused)
{
    PyObject *object = PyList_New(0);
#ifndef FIXED
    uintptr_t owner = object->ob_tid;

    object->ob_ref_local = 0; /* the old last release, step by step */
    object->ob_tid = 0;
    Py_IncRef(object); /* the dealloc preserves it */
    object->ob_tid = owner;
#endif
    Py_DecRef(object); // @release
    Py_RETURN_NONE;
}

EXT_MODULE(t, EXT_NOARGS(preserve))
