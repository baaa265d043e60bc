/* SPDX-License-Identifier: MIT */
/* decref-after-zero: an error label releases what was released before.
 *
 * The result is given up where the error is noticed, and once more at the label
 * that all errors end in.
 *
 * like: scipy/scipy#15013
 * needs: births
 * run: import t; t.find_objects()
 * exit: 66
 * crash[gil, >=3.15]: lists
 *   follows  decref-after-zero:find_objects, about <list> ADDR, dead
 * report:
 *   refsan: decref-after-zero: decref of an object whose reference count had already reached zero
 *     object  ADDR  ...
 *     decref by thread T1 ...:
 *       #0 ADDR in find_objects ...decref-after-zero-error-label.c:@again ...
 *       #...
 *     because  its deallocation is over
 *     ...
 *     reference count reached zero in decref by thread T1 ...:
 *       #0 ADDR in find_objects ...decref-after-zero-error-label.c:@release ...
 *     ...
 */
#include "ext.h"

static PyObject *
find_objects(PyObject *self, PyObject *unused)
{
    PyObject *result = PyList_New(0);

    if (PyList_GetItem(result, 7) == NULL) {
        PyErr_Clear();
        Py_DecRef(result); // @release
#ifdef FIXED
        result = NULL;
#endif
        goto failed;
    }
    return result;
failed:
    if (result != NULL)
        Py_DecRef(result); // @again
    Py_RETURN_NONE;
}

EXT_MODULE(t, EXT_NOARGS(find_objects))
