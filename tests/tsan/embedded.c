/* SPDX-License-Identifier: MIT */
/* A program on refsan's embedded runtime, in which two threads write a field of
 * one object, one after the other; what stands between them orders nothing. */
#include "refsan/embedded.h"

#include <pthread.h>
#include <sched.h>

struct cell {
    PyObject_HEAD
    int value;
};

static void
cell_dealloc(PyObject *self)
{
    PyObject_Free(self);
}

static PyTypeObject cell_type = {
    REFSAN_EMBEDDED_TYPE,
    .tp_name = "cells.Cell",
    .tp_basicsize = sizeof(struct cell),
    .tp_dealloc = cell_dealloc,
};
static int is_written;

static void *
write_first(void *cell)
{
    ((struct cell *)cell)->value = 1;
    __atomic_store_n(&is_written, 1, __ATOMIC_RELAXED);
    return NULL;
}

int
main(void)
{
    struct cell *cell;
    pthread_t thread;

    refsan_embedded_attach();
    cell = PyObject_New(struct cell, &cell_type);
    pthread_create(&thread, NULL, write_first, cell);
    while (!__atomic_load_n(&is_written, __ATOMIC_RELAXED))
        sched_yield();
    cell->value = 2;
    pthread_join(thread, NULL);
    Py_DECREF(&cell->ob_base);
    refsan_embedded_detach();
    return 0;
}
