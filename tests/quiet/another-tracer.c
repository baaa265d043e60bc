/* SPDX-License-Identifier: MIT */
/* A tool that wants the one PyRefTracer slot, takes it, and gives it back,
 * while objects are born and die under its eyes.
 *
 * needs: >=3.13
 * trap: another tool traces births and deaths
 * run:
 *   import t
 *   before = [[number] for number in range(100)]
 *   t.start()
 *   made = [[number] for number in range(100)]
 *   t.use(before)
 *   del before
 *   t.use(made)
 *   t.entered("another tool traces births and deaths", t.stop() > 100)
 *   after = [[number] for number in range(100)]
 *   t.use(made)
 *   del made
 *   t.use(after)
 */
#include "ext.h"

static long seen;

static int
trace(PyObject *object, PyRefTracerEvent event, void *data)
{
    (*(long *)data)++;
    return 0;
}

static PyObject *
start(PyObject *self, PyObject *unused)
{
    if (PyRefTracer_SetTracer(trace, &seen) < 0)
        return NULL;
    Py_RETURN_NONE;
}

static PyObject *
stop(PyObject *self, PyObject *unused)
{
    void *data = NULL;

    if (PyRefTracer_GetTracer(&data) != trace || data != &seen ||
        PyRefTracer_SetTracer(NULL, NULL) < 0)
        abort();
    return PyLong_FromLong(seen);
}

static PyObject *
use(PyObject *self, PyObject *list)
{
    for (Py_ssize_t i = 0; i < PyList_Size(list); i++) {
        PyObject *item = PyList_GetItem(list, i);

        Py_IncRef(item);
        PyList_SetItem(list, i, PyList_New(0));
        Py_DecRef(item);
    }
    Py_RETURN_NONE;
}

EXT_MODULE(t, EXT_NOARGS(start) EXT_NOARGS(stop) EXT_O(use) EXT_TRAPS)
