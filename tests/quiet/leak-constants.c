/* SPDX-License-Identifier: MIT */
/* Immortal objects are nobody's to release: references to them may be dropped.
 * Interned strings are kept in static storage here.
 *
 * needs: >=3.14
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
    (void)PyLong_FromLong(PyLong_AsLong(object));
    (void)PyTuple_New(0);
    (void)PyUnicode_FromString("x");
    (void)PyUnicode_FromString("");
    (void)PyBytes_FromString("y");
    (void)PyBool_FromLong(1);
    if (name == NULL)
        name = PyUnicode_InternFromString("a name of this module");
    Py_RETURN_NONE;
}

EXT_MODULE(t, EXT_O(make))
