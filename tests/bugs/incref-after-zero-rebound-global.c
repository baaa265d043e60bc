/* SPDX-License-Identifier: MIT */
/* incref-after-zero: a function works on the object that a global variable
 * refers to, without a reference of its own; another thread rebinds the
 * variable.
 *
 * like: python/cpython#151223
 * needs: births, >=3.14
 * run: import t; t.rebind()
 * exit: 66
 * report:
 *   refsan: incref-after-zero: incref of an object whose deallocation has begun
 *     object  ADDR  <set>  ...
 *     incref by thread T2 'worker' ...:
 *       #0 ADDR in weak_references ...incref-after-zero-rebound-global.c:@take ...
 *       #...
 *     because  its deallocation is over
 *     ...
 *     reference count reached zero in decref by thread T1 ...:
 *       #0 ADDR in rebind ...incref-after-zero-rebound-global.c:@release ...
 *     ...
 */
#include "ext.h"

static PyObject *global;
static struct ext_gate has_read, has_changed;

static void
weak_references(void *unused)
{
    PyObject *object = global;

#ifdef FIXED
    Py_IncRef(object);
#endif
    ext_gate_open(&has_read);
    ext_gate_wait(&has_changed);
#ifdef FIXED
    Py_DecRef(object);
#else
    Py_IncRef(object); // @take
#endif
}

static PyObject *
rebind(PyObject *self, PyObject *unused)
{
    struct ext_thread worker = {.function = weak_references, .is_attached = 1};

    global = PySet_New(NULL);
    ext_gate_make(&has_read);
    ext_gate_make(&has_changed);
    ext_thread_start(&worker);
    ext_gate_wait(&has_read);
    Py_DecRef(global); // @release
    global = NULL;
    ext_gate_open(&has_changed);
    ext_thread_join(&worker);
    Py_RETURN_NONE;
}

EXT_MODULE(t, EXT_NOARGS(rebind))
