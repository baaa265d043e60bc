/* SPDX-License-Identifier: MIT */
/* A cache that is there for good holds its entries one in the other: each is found
 * only by going on from the one before it.
 *
 * needs: >=3.14
 * options: leaks=1
 * trap: a cache that holds the one before it
 * run:
 *   import t
 *   for i in range(1000):
 *       t.add(i)
 */
#include "ext.h"

static PyObject *cache;
static int entries;

/* The newest one holds all others. */
static PyObject *
add(PyObject *self, PyObject *object)
{
    PyObject *node = PyTuple_New(2);

    PyTuple_SetItem(node, 0, PyUnicode_FromFormat("cached: %R", object));
    PyTuple_SetItem(node, 1, cache == NULL ? Py_NewRef(Py_None) : cache);
    cache = node;
    if (++entries == 1000)
        EXT_ENTERED("a cache that holds the one before it",
                    PyTuple_CheckExact(PyTuple_GetItem(node, 1)));
    Py_RETURN_NONE;
}

EXT_MODULE(t, EXT_O(add))
