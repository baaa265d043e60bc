/* SPDX-License-Identifier: MIT */
/* slot-race: puts a borrowed item into a tuple, which steals it.
 *
 * PyList_GetItem lends, PyTuple_SetItem steals: list and tuple now own the same
 * single reference, and both will release it.
 *
 * needs: births
 * run: import t; t.pack([object()])
 * exit[gil]: 66
 * exit: 66
 * report:
 *   refsan: slot-race: one stored reference is handed out or released twice
 *     object  ADDR  <object>  ...
 *     given to a container by thread T1 ...:
 *       #0 ADDR in pack ...slot-race-borrowed-given.c:@steal ...
 *       ...
 *     because  a container holds it, and there is no other reference
 *     borrowed from a container by thread T1 ...:
 *       #0 ADDR in pack ...slot-race-borrowed-given.c:@borrow ...
 *     ...
 */
#include "ext.h"

static PyObject *
pack(PyObject *self, PyObject *list)
{
    PyObject *tuple = PyTuple_New(1);
    PyObject *item = PyList_GetItem(list, 0); // @borrow

#ifdef FIXED
    Py_INCREF(item);
#endif
    PyTuple_SetItem(tuple, 0, item); // @steal
#ifndef FIXED
    Py_INCREF(item); /* the process shall live to see its summary */
#endif
    return tuple;
}

EXT_MODULE(t, EXT_O(pack))
