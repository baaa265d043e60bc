/* SPDX-License-Identifier: MIT */
/* detached.c -- a worker gives a reference back without attaching: the bug that
 * scripts/quickstart shows where no Python can be had. On the embedded runtime
 * (docs/embedded.md). */
#include <pthread.h>

#include "refsan/embedded.h"

static PyTypeObject job_type = {REFSAN_EMBEDDED_TYPE, .tp_name = "demo.Job",
                                .tp_basicsize = sizeof(PyObject)};

static void *
work(void *job)
{
    Py_DecRef(job);
    return NULL;
}

int
main(void)
{
    PyObject *job;
    pthread_t worker;

    refsan_embedded_start();
    job = PyObject_New(PyObject, &job_type);
    Py_INCREF(job);
    pthread_create(&worker, NULL, work, job);
    pthread_join(worker, NULL);
    Py_DECREF(job);
    return 0;
}
