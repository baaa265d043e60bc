/* SPDX-License-Identifier: MIT */
/* Free lists are emptied when a thread ends, and by the collector: what died
 * long ago is freed now, in one go and without a death, and its memory is
 * handed out again.
 *
 * trap:
 *   a free list that is emptied
 *   the same address again after a collection
 * run:
 *   import gc, t, threading
 *   for _ in range(10):
 *       thread = threading.Thread(target=t.fill)
 *       thread.start()
 *       thread.join()
 *       first = t.fill()
 *       freed = t.count_freed(first)
 *       gc.collect()
 *       t.entered("a free list that is emptied", t.count_freed(first) > freed)
 *       t.entered("the same address again after a collection",
 *                 not set(first).isdisjoint(t.fill()))
 */
#include "ext.h"

#define OBJECTS 300 /* more than any of the lists keeps */
#define BLOCKS  10000

static PyObject *
make(int kind)
{
    switch (kind % 4) {
    case 0:
        return PyFloat_FromDouble(kind / 7.0);
    case 1:
        return PyList_New(0);
    case 2:
        return PyTuple_New(2);
    default:
        return PyDict_New();
    }
}

/* The addresses of what was made, and is gone. */
static PyObject *
fill(PyObject *self, PyObject *unused)
{
    PyObject *made[OBJECTS];
    PyObject *addresses = PyList_New(0);

    for (int i = 0; i < OBJECTS; i++)
        made[i] = make(i);
    for (int i = 0; i < OBJECTS; i++) {
        PyObject *address = PyLong_FromVoidPtr(made[i]);

        PyList_Append(addresses, address);
        Py_DECREF(address);
        Py_IncRef(made[i]);
        Py_DecRef(made[i]);
        Py_DecRef(made[i]);
    }
    return addresses;
}

/* How many of the addresses the allocator hands out: no list has them. */
static PyObject *
count_freed(PyObject *self, PyObject *addresses)
{
    static void *blocks[BLOCKS];
    long found = 0;

    for (int i = 0; i < BLOCKS; i++) {
        PyObject *address;

        blocks[i] = PyObject_Malloc(sizeof(PyFloatObject));
        address = PyLong_FromVoidPtr(blocks[i]);
        found += PySequence_Contains(addresses, address);
        Py_DECREF(address);
    }
    for (int i = 0; i < BLOCKS; i++)
        PyObject_Free(blocks[i]);
    return PyLong_FromLong(found);
}

EXT_MODULE(t, EXT_O(count_freed) EXT_NOARGS(fill) EXT_TRAPS)
