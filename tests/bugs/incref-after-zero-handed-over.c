/* SPDX-License-Identifier: MIT */
/* incref-after-zero: a thread is handed a pointer, and takes its reference
 * itself, when it gets to it. Until then nothing keeps the object alive: the
 * owner's last release sees a shared half of zero, and does not look again.
 *
 * like: colesbury/nogil-3.12#14
 * needs: births, >=3.14
 * run: import t; t.hand_over()
 * exit: 66
 * crash[gil, >=3.15]: lists
 *   follows  incref-after-zero:work, about <list> ADDR, dead
 * report:
 *   refsan: incref-after-zero: incref of an object whose deallocation has begun
 *     object  ADDR  <list>  ...
 *     incref by thread T2 'worker' ...:
 *       #0 ADDR in work ...incref-after-zero-handed-over.c:@take ...
 *       #...
 *     because  its deallocation is over
 *     ...
 *     reference count reached zero in ... by thread T1 ...:
 *       #0 ADDR in hand_over ...incref-after-zero-handed-over.c:@release ...
 *     ...
 */
#include "ext.h"

static struct ext_gate has_dropped;

static void
work(void *context)
{
    PyObject *object = (PyObject *)context;

    ext_gate_wait(&has_dropped);
#ifdef FIXED
    Py_DecRef(object);
#else
    Py_IncRef(object); // @take
#endif
}

static PyObject *
hand_over(PyObject *self, PyObject *unused)
{
    PyObject *object = PyList_New(0);
    struct ext_thread worker = {
        .function = work, .argument = object, .is_attached = 1};

    ext_gate_make(&has_dropped);
#ifdef FIXED
    Py_IncRef(object); /* the worker's */
#endif
    ext_thread_start(&worker);
    Py_DecRef(object); // @release
    ext_gate_open(&has_dropped);
    ext_thread_join(&worker);
    Py_RETURN_NONE;
}

EXT_MODULE(t, EXT_NOARGS(hand_over))
