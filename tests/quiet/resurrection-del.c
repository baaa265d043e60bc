/* SPDX-License-Identifier: MIT */
/* Resurrection: __del__ stores self away, and the object lives on after a death
 * was seen. Its next references look like references to the dead.
 *
 * trap: an object that __del__ keeps
 * run:
 *   import t
 *   kept = []
 *   class Phoenix:
 *       def __del__(self):
 *           if not kept:
 *               kept.append(self)
 *   t.drop(t.hold(Phoenix()))
 *   t.entered("an object that __del__ keeps", isinstance(kept[0], Phoenix))
 *   t.use(kept[0])
 *   t.use_elsewhere(kept[0])
 *   t.drop(t.hold(kept.pop()))
 */
#include "ext_use.h"

static PyObject *held;

static PyObject *
hold(PyObject *self, PyObject *object)
{
    Py_XSETREF(held, Py_NewRef(object));
    Py_RETURN_NONE;
}

static PyObject *
drop(PyObject *self, PyObject *unused)
{
    PyObject *last = held;

    held = NULL;
    Py_DecRef(last);
    Py_RETURN_NONE;
}

EXT_MODULE(t, EXT_O(hold) EXT_O(drop) EXT_USE EXT_TRAPS)
