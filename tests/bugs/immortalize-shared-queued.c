/* SPDX-License-Identifier: MIT */
/* immortalize-shared: another thread's release waits in the owner's queue when
 * the owner makes the object immortal; the merge that comes later meets an
 * immortal header.
 *
 * like: python/cpython#152276
 * needs: ft >=3.15
 * run: import t; t.queue_and_make()
 * exit: 66
 * report:
 *   refsan: immortalize-shared: object made immortal while others could see it
 *     object  ADDR  <list>  ...owner T1 ...
 *     refused to become immortal by thread T1 ...:
 *       #0 ADDR in queue_and_make ...immortalize-shared-queued.c:@ask ...
 *       #...
 *     because  another thread has operated on it
 *              it has 2 references
 *              it is queued for its owner to merge
 *              the interpreter refused: it stays mortal
 *     ...
 */
#include "ext.h"

static struct ext_gate released;

static void
release(void *object)
{
    Py_DECREF((PyObject *)object);
    ext_gate_open(&released);
}

static PyObject *
queue_and_make(PyObject *self, PyObject *unused)
{
    PyObject *object = PyList_New(0);
    struct ext_thread worker = {
        .function = release, .argument = object, .is_attached = 1};

#ifdef FIXED
    (void)PyUnstable_SetImmortal(object);
#endif
    Py_INCREF(object);
    ext_gate_make(&released);
    ext_thread_start(&worker);
    ext_gate_wait_attached(&released); /* nobody else merges the queue */
#ifndef FIXED
    (void)PyUnstable_SetImmortal(object); // @ask
#endif
    ext_thread_join(&worker);
    return object;
}

EXT_MODULE(t, EXT_NOARGS(queue_and_make))
