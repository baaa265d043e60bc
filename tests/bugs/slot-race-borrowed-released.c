/* SPDX-License-Identifier: MIT */
/* slot-race: releases a value that a dict only lent.
 *
 * PyDict_GetItemWithError lends; the dict keeps ownership. The bail-out path
 * releases the value all the same, and the dict is left with a pointer to a dead
 * object.
 *
 * like: python/cpython#144733
 * needs: births
 * run:
 *   import t
 *   t.look_up({"spam": object()})
 * exit: 66
 * report:
 *   refsan: slot-race: one stored reference is handed out or released twice
 *     object  ADDR  <object>  ...
 *     ... by thread T1 ...:
 *       #0 ADDR in look_up ...slot-race-borrowed-released.c:@release ...
 *       ...
 *     because  a container holds it, and there is no other reference
 *     ...
 *     borrowed from a container by thread T1 ...:
 *       #0 ADDR in look_up ...slot-race-borrowed-released.c:@borrow ...
 *     ...
 */
#include "ext.h"

static PyObject *
look_up(PyObject *self, PyObject *dict)
{
    PyObject *key = PyUnicode_FromString("spam");
    PyObject *value = PyDict_GetItemWithError(dict, key); // @borrow

    Py_DECREF(key);
#ifndef FIXED
    Py_DecRef(value); // @release
#endif
    return PyBool_FromLong(value != NULL);
}

EXT_MODULE(t, EXT_O(look_up))
