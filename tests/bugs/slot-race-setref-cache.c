/* SPDX-License-Identifier: MIT */
/* slot-race: every thread replaces what is in a cache, and nobody takes a lock.
 *
 * Py_XSETREF reads the old entry, stores the new one, and releases the old one. If
 * two threads do so at once, both may read the same old entry. It does not happen
 * here: they come one after the other, and nothing makes them.
 *
 * like: cython/cython#6721
 * needs: ft births instrumented
 * run: import t; t.fill()
 * exit: 66
 * report:
 *   refsan: slot-race: one stored reference is handed out or released twice
 *     object  ADDR  <list>  ...
 *     taken out of a field by thread T1 ...:
 *       #0 ADDR in put ...slot-race-setref-cache.c:@put ...
 *       ...
 *     because  another thread takes references out of the same field, and no lock was held by both
 *     taken out of the same field by thread T2 ...:
 *       #0 ADDR in put ...slot-race-setref-cache.c:@put ...
 *     ...
 */
#include "ext.h"

static PyObject *cached;
static struct ext_gate may_put, has_put, may_end;
#ifdef FIXED
static PyMutex lock;
#endif

static void
put(void)
{
    PyObject *made = PyList_New(0);

#ifdef FIXED
    PyMutex_Lock(&lock);
#endif
    Py_XSETREF(cached, made); // @put
#ifdef FIXED
    PyMutex_Unlock(&lock);
#endif
}

static void
work(void *unused)
{
    ext_gate_wait(&may_put);
    put();
    ext_gate_open(&has_put);
    ext_gate_wait(&may_end);
}

static PyObject *
fill(PyObject *self, PyObject *unused)
{
    struct ext_thread worker = {.function = work, .is_attached = 1};

    ext_gate_make(&may_put);
    ext_gate_make(&has_put);
    ext_gate_make(&may_end);
    put();
    ext_thread_start(&worker);
    put();
    ext_gate_open(&may_put);
    ext_gate_wait(&has_put);
    put();
    ext_gate_open(&may_end);
    ext_thread_join(&worker);
    Py_CLEAR(cached);
    Py_RETURN_NONE;
}

EXT_MODULE(t, EXT_NOARGS(fill))
