/* SPDX-License-Identifier: MIT */
/* incref-after-zero: PyCell_GET lends what is in the cell, and another thread
 * puts something else there before the reference is counted.
 *
 * like: python/cpython#127271
 * needs: births, >=3.14
 * run: import t; t.rebind()
 * exit: 66
 * crash[gil, >=3.15]: lists
 *   follows  incref-after-zero:get, about <list> ADDR, dying
 * report:
 *   refsan: incref-after-zero: incref of an object whose deallocation has begun
 *     object  ADDR  <list>  ...
 *     incref by thread T2 'worker' ...:
 *       #0 ADDR in get ...incref-after-zero-cell.c:@take ...
 *       #...
 *     because  its deallocation has begun on another thread
 *     ...
 */
#include "ext.h"

static struct ext_gate has_read, has_changed;

static void
get(void *cell)
{
#ifdef FIXED
    PyObject *value = PyCell_Get((PyObject *)cell);
#else
    PyObject *value = PyCell_GET((PyObject *)cell);
#endif

    ext_gate_open(&has_read);
    ext_gate_wait(&has_changed);
#ifdef FIXED
    Py_DecRef(value);
#else
    Py_IncRef(value); // @take
#endif
}

static PyObject *
rebind(PyObject *self, PyObject *unused)
{
    PyObject *value = PyList_New(0);
    PyObject *cell = PyCell_New(value);
    struct ext_thread worker = {
        .function = get, .argument = cell, .is_attached = 1};

    Py_DECREF(value);
    ext_gate_make(&has_read);
    ext_gate_make(&has_changed);
    ext_thread_start(&worker);
    ext_gate_wait(&has_read);
    PyCell_Set(cell, Py_None);
    ext_gate_open(&has_changed);
    ext_thread_join(&worker);
    return cell;
}

EXT_MODULE(t, EXT_NOARGS(rebind))
