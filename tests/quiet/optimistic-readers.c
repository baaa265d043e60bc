/* SPDX-License-Identifier: MIT */
/* Readers take items out of a list and a dict by strong getters, without a
 * lock, while a writer replaces them. A reader whose reference is the last one
 * destroys an object that it neither made nor was ever given.
 *
 * needs: >=3.13
 * trap:
 *   an item replaced while it is read
 *   a reader whose reference is the last
 * run:
 *   import t
 *   t.race([[1]], {"a": [2]})
 *   t.outlive([[3]])
 */
#include "ext.h"

#define READERS 2
#define ROUNDS  3000

static PyObject *list, *dict;
static struct ext_gate has_item, may_drop;
static int readers, replaced; /* how many read; how many items are gone */

static void
yield(int round)
{
    if (round % 50 == 0) {
        Py_BEGIN_ALLOW_THREADS
        sched_yield();
        Py_END_ALLOW_THREADS
    }
}

static void
read_all(void *unused)
{
    int before = __atomic_load_n(&replaced, __ATOMIC_RELAXED);

    for (int round = 0;
         round < ROUNDS ||
         __atomic_load_n(&replaced, __ATOMIC_RELAXED) < before + 2;
         round++) {
        PyObject *item = PyList_GetItemRef(list, 0);

        Py_INCREF(item);
        Py_DecRef(item);
        Py_DECREF(item);
        if (PyDict_GetItemStringRef(dict, "a", &item) != 1)
            abort();
        Py_DecRef(item);
        yield(round);
    }
    __atomic_fetch_sub(&readers, 1, __ATOMIC_RELAXED);
}

static PyObject *
race(PyObject *self, PyObject *args)
{
    struct ext_thread threads[READERS];

    if (!PyArg_ParseTuple(args, "OO", &list, &dict))
        return NULL;
    readers = READERS;
    for (int i = 0; i < READERS; i++) {
        threads[i] =
            (struct ext_thread){.function = read_all, .is_attached = 1};
        ext_thread_start(&threads[i]);
    }
    for (int round = 0; __atomic_load_n(&readers, __ATOMIC_RELAXED) > 0;
         round++) {
        PyObject *item = PyList_New(0);

        PyDict_SetItemString(dict, "a", item);
        PyList_SetItem(list, 0, item);
        __atomic_fetch_add(&replaced, 1, __ATOMIC_RELAXED);
        yield(round);
    }
    for (int i = 0; i < READERS; i++)
        ext_thread_join(&threads[i]);
    EXT_ENTERED("an item replaced while it is read", replaced > 1);
    Py_RETURN_NONE;
}

/* The reader has an item; the writer replaces it, and gives back all it has. */
static void
read_one(void *unused)
{
    PyObject *item = PyList_GetItemRef(list, 0);

    ext_gate_open(&has_item);
    ext_gate_wait(&may_drop);
    EXT_ENTERED("a reader whose reference is the last",
                ext_refcount(item) == 1);
    Py_DecRef(item);
}

static PyObject *
outlive(PyObject *self, PyObject *object)
{
    struct ext_thread reader = {.function = read_one, .is_attached = 1};

    list = object;
    ext_gate_make(&has_item);
    ext_gate_make(&may_drop);
    ext_thread_start(&reader);
    ext_gate_wait(&has_item);
    PyList_SetItem(list, 0, Py_NewRef(Py_None));
    ext_gate_open(&may_drop);
    ext_thread_join(&reader);
    Py_RETURN_NONE;
}

EXT_MODULE(t, EXT_VARARGS(race) EXT_O(outlive))
