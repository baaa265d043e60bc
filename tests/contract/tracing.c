/* SPDX-License-Identifier: MIT */
/* tracing.c -- a module that wants PyRefTracer for itself; for
 * tracer-is-shared.py. */
#include "../ext.h"

#include <stdatomic.h>

static struct {
    atomic_long counts[3]; /* by event */
} first, second;

static int
count(PyObject *Py_UNUSED(object), PyRefTracerEvent event, void *data)
{
    atomic_long *counts = (atomic_long *)data;

    if ((int)event >= 0 && (int)event < 3)
        atomic_fetch_add(&counts[event], 1);
    return 0;
}

static PyObject *
set_first(PyObject *Py_UNUSED(self), PyObject *Py_UNUSED(unused))
{
    return PyLong_FromLong(PyRefTracer_SetTracer(count, first.counts));
}

static PyObject *
set_second(PyObject *Py_UNUSED(self), PyObject *Py_UNUSED(unused))
{
    return PyLong_FromLong(PyRefTracer_SetTracer(count, second.counts));
}

static PyObject *
set_none(PyObject *Py_UNUSED(self), PyObject *Py_UNUSED(unused))
{
    return PyLong_FromLong(PyRefTracer_SetTracer(NULL, NULL));
}

/* 0 nobody, 1 the first, 2 the second, 3 a stranger. */
static PyObject *
get(PyObject *Py_UNUSED(self), PyObject *Py_UNUSED(unused))
{
    void *data = NULL;
    PyRefTracer tracer = PyRefTracer_GetTracer(&data);
    int who = tracer == NULL          ? 0
              : tracer != count       ? 3
              : data == first.counts  ? 1
              : data == second.counts ? 2
                                      : 3;

    return PyLong_FromLong(who);
}

static PyObject *
counts(PyObject *Py_UNUSED(self), PyObject *Py_UNUSED(unused))
{
    long born[2] = {first.counts[0], second.counts[0]};
    long gone[2] = {first.counts[1], second.counts[1]};

    return Py_BuildValue("llll", born[0], gone[0], born[1], gone[1]);
}

EXT_MODULE(tracing,
           EXT_NOARGS(set_first) EXT_NOARGS(set_second) EXT_NOARGS(set_none)
               EXT_NOARGS(get) EXT_NOARGS(counts))
