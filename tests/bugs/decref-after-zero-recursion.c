/* decref-after-zero: a recursive function releases its row once more, at every
 * depth. It is one bug, and one report.
 *
 * needs: births
 * run: import t; t.parse(6)
 * exit: 66
 * crash[gil, >=3.15]: lists
 *   follows  decref-after-zero:parse, about <list> ADDR, dead
 * report:
 *   refsan: decref-after-zero: decref of an object whose reference count had already reached zero
 *     object  ADDR  <list>  ...
 *     decref by thread T1 'python...':
 *       #0 in parse decref-after-zero-recursion.c:@second
 *       #...
 *     because  its deallocation is over
 *     ...
 *     suppress decref-after-zero:parse
 *     ...
 */
#include "ext.h"

static void
release(PyObject *row)
{
    Py_DecRef(row);
}

static PyObject *
parse(PyObject *self, PyObject *depth)
{
    PyObject *row = PyList_New(0);
    long left = PyLong_AsLong(depth);

    if (left > 0) {
        PyObject *less = PyLong_FromLong(left - 1);

        Py_DecRef(parse(self, less));
        Py_DecRef(less);
    }
    release(row);
#ifndef FIXED
    Py_DecRef(row); // @second
#endif
    return PyLong_FromLong(left + 1000);
}

EXT_MODULE(t, EXT_O(parse))
