/* SPDX-License-Identifier: MIT */
/* incref-after-zero: a thread fills a slot with an object, Python code on
 * another one empties the slot, and the first takes a reference by the pointer
 * that it kept: in line, as the owner.
 *
 * needs: ft >=3.14 instrumented
 * run:
 *   import t, threading
 *   box = [None]
 *   worker = threading.Thread(target=lambda: (t.wait(), box.clear(), t.opened()))
 *   worker.start()
 *   t.fill(box)
 *   worker.join()
 * exit: 66
 * report:
 *   refsan: incref-after-zero: incref of an object whose deallocation has begun
 *     object  ADDR  <list>  ...
 *     incref by thread T1 ...:
 *       #0 ADDR in fill ...incref-after-zero-queue-only-inline.cpp:@take ...
 *       #...
 *     because  only the merge queue still holds a reference, and releases it as soon as its owner gets to it
 *     ...
 */
#include "ext.h"

static struct ext_gate is_filled, is_empty;

static PyObject *
wait(PyObject *self, PyObject *unused)
{
    ext_gate_wait(&is_filled);
    Py_RETURN_NONE;
}

static PyObject *
opened(PyObject *self, PyObject *unused)
{
    ext_gate_open(&is_empty);
    Py_RETURN_NONE;
}

static PyObject *
fill(PyObject *self, PyObject *box)
{
    PyObject *item = PyList_New(0);

#ifdef FIXED
    Py_INCREF(item);
#endif
    PyList_SetItem(box, 0, item);
    ext_gate_open(&is_filled);
    ext_gate_wait(&is_empty);
    Py_INCREF(item); // @take
    Py_DECREF(item);
#ifdef FIXED
    Py_DECREF(item);
#endif
    Py_RETURN_NONE;
}

static int
make_gates(PyObject *module)
{
    ext_gate_make(&is_filled);
    ext_gate_make(&is_empty);
    return 0;
}

EXT_MODULE_EXEC(t, make_gates, EXT_NOARGS(wait) EXT_NOARGS(opened) EXT_O(fill))
