/* SPDX-License-Identifier: MIT */
/* Every thread replaces what is in a cache, without a lock. The module needs a
 * GIL, so a free-threaded build has one as soon as the module is loaded.
 *
 * needs: ft births instrumented
 * trap: a slot that two threads fill under the GIL
 * run: import t; t.fill()
 */
#include "ext.h"

#undef EXT_SLOT_GIL
#define EXT_SLOT_GIL

static PyObject *cached;
static struct ext_gate may_put, has_put, may_end;

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
    ext_gate_wait(&may_end);
}

static PyObject *
fill(PyObject *self, PyObject *unused)
{
    struct ext_thread worker = {.function = work, .is_attached = 1};

    ext_gate_make(&may_put);
    ext_gate_make(&has_put);
    ext_gate_make(&may_end);
    put();
    ext_thread_start(&worker);
    put();
    ext_gate_open(&may_put);
    ext_gate_wait(&has_put);
    put();
    ext_gate_open(&may_end);
    ext_thread_join(&worker);
    EXT_ENTERED("a slot that two threads fill under the GIL", cached != NULL);
    Py_CLEAR(cached);
    Py_RETURN_NONE;
}

EXT_MODULE(t, EXT_NOARGS(fill))
