/* SPDX-License-Identifier: MIT */
/* racy: a data race that is TSan's to find, in a module that it instruments.
 * The writes come one after the other: of two at the same moment TSan may miss
 * both. The gate orders nothing. */
#define EXT_WEAK_GATES
#include "ext.h"

static struct ext_gate gate;
static int counter;

static void
count_first(void *unused)
{
    counter++;
    ext_gate_open(&gate);
}

static PyObject *
race(PyObject *self, PyObject *unused)
{
    struct ext_thread worker = {.function = count_first};

    ext_gate_make(&gate);
    ext_thread_start(&worker);
    ext_gate_wait_attached(&gate);
    counter++;
    ext_thread_join(&worker);
    Py_RETURN_NONE;
}

EXT_MODULE(racy, EXT_NOARGS(race))
