/* SPDX-License-Identifier: MIT */
/* Immortal objects of every kind, used by two threads without any balance:
 * nothing is counted, so nothing can be wrong. Interned strings become immortal,
 * or mortal again when the interpreter ends.
 *
 * trap[ft]:
 *   objects that nobody counts
 *   strings that interning makes immortal
 * trap:
 *   objects that nobody counts
 *   strings that are interned
 * run:
 *   import t, sys
 *   for thing in (None, True, 7, (), "", "x", b"y", int, sys.intern("refsan")):
 *       t.use(thing)
 *   t.intern()
 */
#include "ext.h"

static void
take_and_drop(void *object)
{
    for (int i = 0; i < 10; i++) {
        Py_IncRef(object);
        Py_DecRef(object);
    }
}

static PyObject *
use(PyObject *self, PyObject *object)
{
    EXT_ENTERED("objects that nobody counts",
                PyUnicode_Check(object) || !ext_is_counted(object));
    take_and_drop(object);
    EXT_THREAD(take_and_drop, object);
    Py_RETURN_NONE;
}

static PyObject *
intern(PyObject *self, PyObject *unused)
{
    for (int i = 0; i < 20; i++) {
        PyObject *name = PyUnicode_FromFormat("name_%d_%d", i, i * i);

        PyUnicode_InternInPlace(&name);
#ifdef Py_GIL_DISABLED
        EXT_ENTERED("strings that interning makes immortal",
                    !ext_is_counted(name));
#else
        EXT_ENTERED("strings that are interned",
                    PyUnicode_CHECK_INTERNED(name));
#endif
        Py_IncRef(name);
        Py_DecRef(name);
        Py_DecRef(name);
    }
    Py_RETURN_NONE;
}

EXT_MODULE(t, EXT_O(use) EXT_NOARGS(intern))
