/* SPDX-License-Identifier: MIT */
/* References taken while an object is mortal and given back when it is
 * immortal, or the other way round: interning a string makes it immortal on
 * free-threaded builds, and its count jumps.
 *
 * run:
 *   import t
 *   for number in range(50):
 *       t.intern(number)
 *       t.immortalize()
 */
#include "ext.h"

static PyObject *
intern(PyObject *self, PyObject *number)
{
    PyObject *name = PyUnicode_FromFormat("mid_life_%S", number);
    PyObject *before = name, *held = name;

    for (int i = 0; i < 4; i++) {
        Py_IncRef(held);
        Py_INCREF(held);
    }
    PyUnicode_InternInPlace(&name);
    if (name != before)
        abort(); /* somebody else has interned the like */
    for (int i = 0; i < 4; i++) {
        Py_DecRef(held);
        Py_DECREF(held);
    }
    Py_INCREF(name);
    Py_DecRef(name);
    Py_DECREF(name);
    Py_RETURN_NONE;
}

static PyObject *
immortalize(PyObject *self, PyObject *unused)
{
#if PY_VERSION_HEX >= 0x030f0000
    PyObject *list = PyList_New(0);

    for (int i = 0; i < 4; i++) {
        Py_IncRef(list);
        Py_DecRef(list);
    }
    if (!PyUnstable_SetImmortal(list))
        abort();
    Py_INCREF(list);
    for (int i = 0; i < 4; i++) /* more than were ever taken */
        Py_DecRef(list);
#endif
    Py_RETURN_NONE;
}

EXT_MODULE(t, EXT_O(intern) EXT_NOARGS(immortalize))
