/* SPDX-License-Identifier: MIT */
/* _PyTuple_Resize takes the only reference to a tuple and gives one to another
 * back: a death and a birth without a decref, at the same address or not. The
 * pointer from before is dead.
 *
 * trap:
 *   resized at the same address
 *   resized at another address
 * run:
 *   import t
 *   for _ in range(50):
 *       t.resize()
 */
#include "ext.h"

static void
count(PyObject *object)
{
    Py_IncRef(object);
    Py_INCREF(object);
    Py_DecRef(object);
    Py_DECREF(object);
}

static PyObject *
resize(PyObject *self, PyObject *unused)
{
    PyObject *tuple = PyTuple_New(40);
    int stayed = 0, moved = 0;

    for (Py_ssize_t i = 0; i < 40; i++)
        PyTuple_SetItem(tuple, i, PyList_New(0));
    count(tuple);
    for (Py_ssize_t size = 39; size > 0; size /= 2) {
        PyObject *before = tuple;

        if (_PyTuple_Resize(&tuple, size) < 0)
            return NULL;
        stayed += tuple == before;
        moved += tuple != before;
        count(tuple);
        count(PyTuple_GetItem(tuple, 0));
    }
    EXT_ENTERED("resized at the same address", stayed > 0);
    EXT_ENTERED("resized at another address", moved > 0);
    if (_PyTuple_Resize(&tuple, 500) < 0)
        return NULL;
    count(tuple);
    Py_DecRef(tuple);
    Py_RETURN_NONE;
}

EXT_MODULE(t, EXT_NOARGS(resize))
