/* SPDX-License-Identifier: MIT */
/* Two threads have used a cache, in an order that is not seen. One of them is
 * still there, waiting, when the runtime ends and a capsule clears the cache.
 *
 * needs: ft births instrumented
 * trap: a slot that is cleared while the runtime ends
 * run: import sys, t; sys.guard = t.fill()
 */
#include "ext.h"

static PyObject *cached;
static struct ext_gate may_put, has_put, never;

static void
put(void)
{
    PyObject *made = PyList_New(0);

    Py_XSETREF(cached, made);
}

static void
work(void *unused)
{
    ext_gate_wait(&may_put);
    put();
    ext_gate_open(&has_put);
    ext_gate_wait(&never);
}

static void
clear_cache(PyObject *capsule)
{
    EXT_ENTERED("a slot that is cleared while the runtime ends",
                Py_IsFinalizing() && cached != NULL);
    Py_CLEAR(cached);
}

static PyObject *
fill(PyObject *self, PyObject *unused)
{
    static struct ext_thread worker = {.function = work, .is_attached = 1};

    ext_gate_make(&may_put);
    ext_gate_make(&has_put);
    ext_gate_make(&never);
    put();
    ext_thread_start(&worker);
    put();
    ext_gate_open(&may_put);
    ext_gate_wait(&has_put);
    return PyCapsule_New(&cached, NULL, clear_cache);
}

EXT_MODULE(t, EXT_NOARGS(fill))
