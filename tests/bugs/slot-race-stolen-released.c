/* SPDX-License-Identifier: MIT */
/* slot-race: releases an item after PyList_SetItem has stolen it.
 *
 * The list owns the item from then on. The extra release takes the list's own
 * reference away, and the list is left holding a dead pointer.
 *
 * needs: births
 * run: import t; t.make()
 * exit: 66
 * crash[gil, >=3.15]: lists
 *   follows  slot-race:make, about <list> ADDR, live
 * story:
 *   slot-race-stolen-released.c:@release: error: one stored reference to list released or handed out twice [slot-race]
 *     decref, main thread
 *       NUM | Py_DecRef(item); // @release
 *            make < run.py:1
 *     given to a container, main thread
 *       NUM | PyList_SetItem(list, 0, item); // @steal
 *            make
 *     because   a container holds it, and there is no other reference
 *     object    <list> ADDR, refcount 1,
 *               created by main thread at run.py:1
 *     fix       release only what is yours: a reference that was borrowed
 *               (PyList_GetItem, PyDict_GetItem) or stolen (PyList_SetItem,
 *               PyTuple_SetItem, also when they fail) belongs to the container …
 *     more      refsan explain slot-race
 * report:
 *   refsan: slot-race: one stored reference is handed out or released twice
 *     object  ADDR  <list>  refcount ... owner T1 'python...', live
 *     decref by thread T1 'python...':
 *       #0 in make slot-race-stolen-released.c:@release
 *       #1 in <module> run.py:1 (python)
 *     because  a container holds it, and there is no other reference
 *     skipped  refsan skipped the operation so that the process can continue
 *     given to a container by thread T1 'python...':
 *       #0 in make slot-race-stolen-released.c:@steal
 *     created by thread T1 'python...':
 *       #0 in <module> run.py:1 (python)
 *     history  oldest first: thread, operation, refcount, place
 *       1.  T1   steal               1 -> 1     in make slot-race-stolen-released.c:@steal
 *       2.  T1   decref              skipped    in make slot-race-stolen-released.c:@release
 *     fix      release only what is yours: a reference that was borrowed (PyList_GetItem, PyDict_GetItem) or stolen (PyList_SetItem, PyTuple_SetItem, also when they fail) belongs to the container; to keep it, Py_NewRef it while it is protected
 *     suppress slot-race:make
 *     docs     docs/reports.md#slot-race
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
