/* SPDX-License-Identifier: MIT */
/* Free lists are emptied when a thread ends, and by the collector: what died
 * long ago is freed now, in one go and without a death, and its memory is
 * handed out again.
 *
 * run:
 *   import gc, t, threading
 *   for _ in range(10):
 *       thread = threading.Thread(target=t.fill)
 *       thread.start()
 *       thread.join()
 *       first = t.fill()
 *       gc.collect()
 *       assert not set(first).isdisjoint(t.fill())
 */
#include "ext.h"

#define OBJECTS 300 /* more than any of the lists keeps */

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

EXT_MODULE(t, EXT_NOARGS(fill))
