/* SPDX-License-Identifier: MIT */
/* decref-after-zero: two threads exhaust one iterator.
 *
 * The iterator owns what it walks over and gives it up at the end. Both threads
 * have read the field when the first one sets it to NULL, so both release the
 * same reference.
 *
 * like: python/cpython#154130, python/cpython#156310
 * needs: ft births
 * run: import t; t.exhaust()
 * exit: 66
 * report:
 *   refsan: decref-after-zero: decref of an object whose reference count had already reached zero
 *     object  ADDR  ...
 *     decref by thread T2 'worker' ...:
 *       #0 ADDR in ...decref-after-zero-iterator-shared.c:@release ...
 *       #...
 *     because  its deallocation is over
 *     ...
 */
#include "ext.h"

static struct {
    PyObject *sequence;
} iterator;
static struct ext_gate has_read, has_released;

static PyObject *
take_sequence(void)
{
#ifdef FIXED
    return (PyObject *)__atomic_exchange_n(&iterator.sequence, NULL,
                                           __ATOMIC_ACQ_REL);
#else
    return iterator.sequence;
#endif
}

static void
finish(PyObject *sequence)
{
#ifndef FIXED
    iterator.sequence = NULL;
#endif
    if (sequence != NULL)
        Py_DecRef(sequence); // @release
}

static void
next_on_worker(void *unused)
{
    PyObject *sequence = take_sequence();

    ext_gate_open(&has_read);
    ext_gate_wait(&has_released);
    finish(sequence);
}

static PyObject *
exhaust(PyObject *self, PyObject *unused)
{
    struct ext_thread worker = {.function = next_on_worker, .is_attached = 1};
    PyObject *sequence;

    ext_gate_make(&has_read);
    ext_gate_make(&has_released);
    iterator.sequence = PyList_New(0);
    ext_thread_start(&worker);
    ext_gate_wait(&has_read);
    sequence = take_sequence();
    finish(sequence);
    ext_gate_open(&has_released);
    ext_thread_join(&worker);
    Py_RETURN_NONE;
}

EXT_MODULE(t, EXT_NOARGS(exhaust))
