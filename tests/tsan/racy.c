/* SPDX-License-Identifier: MIT */
/* racy: a data race that is TSan's to find, in a module that it instruments. */
#include "ext.h"

static int counter;

static void
count(void *unused)
{
    counter++;
}

static PyObject *
race(PyObject *self, PyObject *unused)
{
    struct ext_thread worker = {.function = count};

    ext_thread_start(&worker);
    count(NULL);
    ext_thread_join(&worker);
    Py_RETURN_NONE;
}

EXT_MODULE(racy, EXT_NOARGS(race))
