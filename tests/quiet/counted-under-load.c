/* SPDX-License-Identifier: MIT */
/* Four threads count the same few objects as fast as they can. Whoever looks
 * at a header meanwhile sees halves of it at different times: sums that never
 * were.
 *
 * trap: a count with another thread's references in it
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
static int has_met; /* a thread saw what another had taken */

/* Detached for a moment, with a reference to `object`. */
static void
let_others_run(PyObject *object)
{
    Py_IncRef(object);
    Py_BEGIN_ALLOW_THREADS
    sched_yield();
    Py_END_ALLOW_THREADS
    Py_DecRef(object);
}

static void
hammer_all(void *unused)
{
    PyObject *list = PyTuple_GetItem(shared, 0);
    Py_ssize_t alone = *(Py_ssize_t *)unused;

    for (int round = 0;
         round < ROUNDS || !__atomic_load_n(&has_met, __ATOMIC_RELAXED);
         round++) {
        for (Py_ssize_t i = 0; i < PyTuple_Size(shared); i++) {
            PyObject *object = PyTuple_GetItem(shared, i);

            Py_IncRef(object);
            Py_INCREF(object);
            Py_DecRef(object);
            Py_INCREF(object);
            Py_DECREF(object);
            Py_DECREF(object);
        }
        if (ext_refcount(list) > alone)
            __atomic_store_n(&has_met, 1, __ATOMIC_RELAXED);
        if (round % 100 == 0)
            let_others_run(list);
    }
}

static PyObject *
hammer(PyObject *self, PyObject *args)
{
    struct ext_thread threads[THREADS];
    Py_ssize_t alone = ext_refcount(PyTuple_GetItem(args, 0));

    shared = args;
    for (int i = 0; i < THREADS; i++) {
        threads[i] = (struct ext_thread){
            .function = hammer_all, .argument = &alone, .is_attached = 1};
        ext_thread_start(&threads[i]);
    }
    hammer_all(&alone);
    for (int i = 0; i < THREADS; i++)
        ext_thread_join(&threads[i]);
    EXT_ENTERED("a count with another thread's references in it", has_met);
    Py_RETURN_NONE;
}

EXT_MODULE(t, EXT_VARARGS(hammer))
