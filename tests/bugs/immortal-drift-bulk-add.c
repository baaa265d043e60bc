/* SPDX-License-Identifier: MIT */
/* immortal-drift: a sequence is repeated, and the references of all copies are
 * added to each item at once, also to items that are immortal. The releases,
 * one by one, leave those alone.
 *
 * like: python/cpython#104142
 * needs: gil >=3.14
 * options: warnings_are_errors=1
 * run: import t; t.repeat([None])
 * exit: 66
 * report:
 *   refsan: immortal-drift: an immortal object was counted
 *     object  ADDR  <NoneType>  ...
 *     incref by thread T1 ...:
 *       #0 ADDR in repeat ...immortal-drift-bulk-add.c:@notice ...
 *       #...
 *     because  code unaware of immortal objects changed its count
 *     ...
 */
#include "ext.h"

static void
add_references(PyObject *object, uint32_t references)
{
#ifdef FIXED
    if (PyUnstable_IsImmortal(object))
        return;
#endif
    object->ob_refcnt += references;
}

static PyObject *
repeat(PyObject *self, PyObject *list)
{
    PyObject *item = PyList_GET_ITEM(list, 0);
    PyObject *result = PyList_New(4);

    add_references(item, 3);
    Py_IncRef(item); // @notice
    for (Py_ssize_t i = 0; i < 4; i++)
        PyList_SET_ITEM(result, i, item);
    return result;
}

EXT_MODULE(t, EXT_O(repeat))
