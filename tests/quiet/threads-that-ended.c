/* SPDX-License-Identifier: MIT */
/* Threads that ended: their objects outlive them, the next thread gets the same
 * thread pointer and becomes the owner, and a third drops the last reference.
 *
 * trap: a new thread with the thread pointer of the owner
 * run:
 *   import t, threading
 *   made, pointers = [], []
 *   for round in range(20):
 *       for target in (lambda: made.append([round]), lambda: t.use(made[-1])):
 *           thread = threading.Thread(target=target)
 *           thread.start()
 *           pointers.append(thread.ident)
 *           thread.join()
 *   t.entered("a new thread with the thread pointer of the owner",
 *             len(set(pointers)) < len(pointers))
 *   while made:
 *       t.drop(made)
 */
#include "ext.h"

static PyObject *
use(PyObject *self, PyObject *object)
{
    Py_IncRef(object);
    Py_DecRef(object);
    Py_RETURN_NONE;
}

static PyObject *
drop(PyObject *self, PyObject *list)
{
    Py_ssize_t last = PyList_Size(list) - 1;
    PyObject *item = Py_NewRef(PyList_GetItem(list, last));

    if (PyList_SetSlice(list, last, last + 1, NULL) < 0)
        return NULL;
    Py_DecRef(item);
    Py_RETURN_NONE;
}

EXT_MODULE(t, EXT_O(use) EXT_O(drop) EXT_TRAPS)
