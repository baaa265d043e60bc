/* SPDX-License-Identifier: MIT */
/* borrowed-race: PyCell_GET lends what is in a cell that another thread sets.
 *
 * PyCell_SET puts something else there before the old value is counted, which
 * then may be gone. Here somebody else happens to own it, too.
 *
 * like: python/cpython#127271
 * needs: ft births instrumented
 * run: import t; t.update()
 * exit: 66
 * report:
 *   refsan: borrowed-race: a borrowed reference was used while another thread modifies its container
 *     object  ADDR  <list>  ...
 *     incref by thread T1 ...:
 *       #0 ADDR in get ...borrowed-race-cell.c:@count ...
 *       ...
 *     borrowed from a container by thread T1 ...:
 *       #0 ADDR in get ...borrowed-race-cell.c:@borrow ...
 *       ...
 *     the container was changed by thread T2 'worker' ...:
 *       #0 ADDR in set ...borrowed-race-cell.c:@change ...
 *     ...
 */
#include "ext.h"

static struct ext_gate has_read, has_set, may_end;

static PyObject *
get(PyObject *cell)
{
#ifdef FIXED
    PyObject *value = PyCell_Get(cell);

    ext_gate_open(&has_read);
    ext_gate_wait(&has_set);
#else
    PyObject *value = PyCell_GET(cell); // @borrow

    ext_gate_open(&has_read);
    ext_gate_wait(&has_set);
    Py_INCREF(value); // @count
#endif
    return value;
}

static void
set(void *cell)
{
    PyObject *old = PyCell_Get((PyObject *)cell);

    ext_gate_wait(&has_read);
    PyCell_SET((PyObject *)cell, PyList_New(0)); // @change
    Py_DECREF(old); /* the cell's own, which PyCell_SET only overwrites */
    ext_gate_open(&has_set);
    ext_gate_wait(&may_end);
    Py_DECREF(old);
}

static PyObject *
update(PyObject *self, PyObject *unused)
{
    PyObject *first = PyList_New(0);
    PyObject *cell = PyCell_New(first);
    struct ext_thread worker = {
        .function = set, .argument = cell, .is_attached = 1};

    Py_DECREF(first);
    ext_gate_make(&has_read);
    ext_gate_make(&has_set);
    ext_gate_make(&may_end);
    ext_thread_start(&worker);
    Py_DECREF(get(cell));
    ext_gate_open(&may_end);
    ext_thread_join(&worker);
    Py_DECREF(cell);
    Py_RETURN_NONE;
}

EXT_MODULE(t, EXT_NOARGS(update))
