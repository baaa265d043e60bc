/* SPDX-License-Identifier: MIT */
/* slot-race: releases an item after PyList_SetItem has stolen it.
 *
 * The list owns the item from then on. The extra release takes the list's own
 * reference away, and the list is left holding a dead pointer.
 *
 * needs: births
 * run: import t; t.make()
 * exit: 66
 * report:
 *   refsan: slot-race: the same stored reference is released twice
 *     object  ADDR  <list>  ...
 *     ... by thread T1 ...:
 *       #0 ADDR in make ...slot-race-stolen-released.c:@release ...
 *       ...
 *     because  a container holds it, and there is no other reference
 *     ...
 *     given to a container by thread T1 ...:
 *       #0 ADDR in make ...slot-race-stolen-released.c:@steal ...
 *     ...
 */
#include "ext.h"

static PyObject *
make(PyObject *self, PyObject *unused)
{
    PyObject *list = PyList_New(1);
    PyObject *item = PyList_New(0);

    PyList_SetItem(list, 0, item); // @steal
#ifndef FIXED
    Py_DecRef(item); // @release
#endif
    return list;
}

EXT_MODULE(t, EXT_NOARGS(make))
