/* SPDX-License-Identifier: MIT */
/* Four threads count the same few objects as fast as they can. Whoever looks
 * at a header meanwhile sees halves of it at different times: sums that never
 * were.
 *
 * run:
 *   import t
 *   class Node:
 *       pass
 *   t.hammer([], {}, Node(), Node, lambda: None, object(), "a" * 100)
 */
#include "ext.h"

#define THREADS 4
#define ROUNDS  2000

static PyObject *shared;

static void
hammer_all(void *unused)
{
    for (int round = 0; round < ROUNDS; round++) {
        for (Py_ssize_t i = 0; i < PyTuple_Size(shared); i++) {
            PyObject *object = PyTuple_GetItem(shared, i);

            Py_IncRef(object);
            Py_INCREF(object);
            Py_DecRef(object);
            Py_INCREF(object);
            Py_DECREF(object);
            Py_DECREF(object);
        }
        if (round % 100 == 0) {
            Py_BEGIN_ALLOW_THREADS
            sched_yield();
            Py_END_ALLOW_THREADS
        }
    }
}

static PyObject *
hammer(PyObject *self, PyObject *args)
{
    struct ext_thread threads[THREADS];

    shared = args;
    for (int i = 0; i < THREADS; i++) {
        threads[i] =
            (struct ext_thread){.function = hammer_all, .is_attached = 1};
        ext_thread_start(&threads[i]);
    }
    hammer_all(NULL);
    for (int i = 0; i < THREADS; i++)
        ext_thread_join(&threads[i]);
    Py_RETURN_NONE;
}

EXT_MODULE(t, EXT_VARARGS(hammer))
