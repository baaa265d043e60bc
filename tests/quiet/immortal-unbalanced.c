/* SPDX-License-Identifier: MIT */
/* References to immortal objects that are given back and were never taken, or
 * taken and never given back: on these Pythons nobody counts them, so nothing
 * is wrong yet. Older ones crash.
 *
 * trap: references to what is not counted
 * run: import t; t.unbalance(None, True, 7, "", (), int, type, range, len.__class__)
 */
#include "ext.h"

static void
give_back(void *object)
{
    for (int i = 0; i < 10; i++) {
        Py_DecRef((PyObject *)object);
        Py_DECREF((PyObject *)object);
    }
}

static void
take(void *object)
{
    for (int i = 0; i < 10; i++) {
        Py_IncRef((PyObject *)object);
        Py_INCREF((PyObject *)object);
    }
}

static PyObject *
unbalance(PyObject *self, PyObject *args)
{
    for (Py_ssize_t i = 0; i < PyTuple_Size(args); i++) {
        PyObject *object = PyTuple_GetItem(args, i);
        Py_ssize_t before = Py_REFCNT(object);

        take(object);
        EXT_ENTERED("references to what is not counted",
                    Py_REFCNT(object) == before);
        for (int times = 0; times < 3; times++)
            give_back(object);
        EXT_THREAD(give_back, object);
        EXT_THREAD(take, object);
    }
    Py_RETURN_NONE;
}

EXT_MODULE(t, EXT_VARARGS(unbalance))
