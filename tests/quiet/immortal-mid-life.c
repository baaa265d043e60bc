/* SPDX-License-Identifier: MIT */
/* References taken while an object is mortal and given back when it is
 * immortal, or the other way round: interning a string makes it immortal on
 * free-threaded builds, and its count jumps.
 *
 * trap[ft,>=3.15]:
 *   made immortal by interning
 *   made immortal by a call
 * trap[>=3.15]:
 *   interned and mortal
 *   made immortal by a call
 * trap[ft]: made immortal by interning
 * trap[<3.13]: made immortal by interning
 * trap: interned and mortal
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
    if (!ext_is_counted(name))
        abort();
    PyUnicode_InternInPlace(&name);
    if (name != before)
        abort(); /* somebody else has interned the like */
#if defined(Py_GIL_DISABLED) || PY_VERSION_HEX < 0x030d0000
    EXT_ENTERED("made immortal by interning", !ext_is_counted(name));
#else
    EXT_ENTERED("interned and mortal", ext_is_counted(name));
#endif
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
    EXT_ENTERED("made immortal by a call",
                PyUnstable_SetImmortal(list) && !ext_is_counted(list));
    Py_INCREF(list);
    for (int i = 0; i < 4; i++) /* more than were ever taken */
        Py_DecRef(list);
#endif
    Py_RETURN_NONE;
}

EXT_MODULE(t, EXT_O(intern) EXT_NOARGS(immortalize))
