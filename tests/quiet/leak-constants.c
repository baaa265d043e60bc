/* SPDX-License-Identifier: MIT */
/* Immortal objects are nobody's to release: references to them may be dropped.
 * Interned strings are kept in static storage here.
 *
 * needs: >=3.14
 * trap: references to constants that are dropped
 * options: leaks=1
 * run:
 *   import t
 *   for i in range(100):
 *       t.make(i)
 */
#include "ext.h"

static PyObject *name;

static PyObject *
make(PyObject *self, PyObject *object)
{
    PyObject *dropped[] = {
        PyLong_FromLong(PyLong_AsLong(object)),
        PyTuple_New(0),
        PyUnicode_FromString("x"),
        PyUnicode_FromString(""),
        PyBytes_FromString("y"),
        PyBool_FromLong(1),
    };

    for (int i = 0; i < 6; i++)
        EXT_ENTERED("references to constants that are dropped",
                    !ext_is_counted(dropped[i]));
    if (name == NULL)
        name = PyUnicode_InternFromString("a name of this module");
    Py_RETURN_NONE;
}

EXT_MODULE(t, EXT_O(make))
