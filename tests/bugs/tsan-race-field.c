/* SPDX-License-Identifier: MIT */
/* tsan-race: two threads write a field of an object, and nothing orders them.
 *
 * A thread of the library notes in a Python object how far it is, and so does
 * Python code. The reference counts are right; the field is neither locked nor
 * atomic. ThreadSanitizer finds that, and knows an address; refsan knows which
 * object it is.
 *
 * needs: tsan, births
 * run:
 *   import t
 *   progress = t.make()
 *   t.run(progress)
 * story:
 *   tsan-race-field.c:@note: warning: data race on the memory of t.Progress [tsan-race]
 *     write, main thread
 *       NUM | ((struct progress *)progress)->step = step; // @note
 *            note < run:NUM < run.py:3
 *     in no order with write
 *       NUM | ((struct progress *)progress)->step = step; // @note
 *            note < work:NUM < ext_thread_main (ext.h:NUM)
 *     because   nothing orders the two threads, says TSan (bytes ...)
 *     object    <t.Progress> ADDR, refcount 2,
 *               created by main thread at run.py:2
 *     fix       use the object's fields under its critical section
 *               (Py_BEGIN_CRITICAL_SECTION), or under a lock that all its users
 *               take; a field of its own may be an atomic
 *     more      refsan explain tsan-race
 * report:
 *   refsan: tsan-race: ThreadSanitizer found a data race on an object's memory
 *     object  ADDR  <t.Progress>  refcount ... owner T1 'python...', live
 *     write by thread T1 'python...':
 *       #0 in note tsan-race-field.c:@note
 *       #1 in run tsan-race-field.c:@run
 *       #2 in <module> run.py:3 (python)
 *     because  nothing orders the two threads, says TSan (bytes ...)
 *     in no order with: write:
 *       #0 in note tsan-race-field.c:@note
 *       #1 in work tsan-race-field.c:@work
 *       #2 in ext_thread_main ext.h:NUM
 *     created by thread T1 'python...':
 *       #0 in <module> run.py:2 (python)
 *     fix      use the object's fields under its critical section (Py_BEGIN_CRITICAL_SECTION), or under a lock that all its users take; a field of its own may be an atomic
 *     suppress tsan-race:run
 *     docs     docs/reports.md#tsan-race
 */
#define EXT_WEAK_GATES
#include "ext.h"

struct progress {
    PyObject_HEAD
    int step;
};

static PyType_Slot progress_slots[] = {{0, NULL}};
static PyType_Spec progress_spec = {
    .name = "t.Progress",
    .basicsize = sizeof(struct progress),
    .flags = Py_TPFLAGS_DEFAULT,
    .slots = progress_slots,
};
static struct ext_gate gate; /* one after the other; that is no order */

static PyObject *
make(PyObject *self, PyObject *unused)
{
    PyObject *type = PyType_FromSpec(&progress_spec);
    PyObject *progress = PyObject_CallNoArgs(type);

    Py_DECREF(type);
    return progress;
}

static void
note(PyObject *progress, int step)
{
#ifdef FIXED
    __atomic_store_n(&((struct progress *)progress)->step, step,
                     __ATOMIC_RELAXED);
#else
    ((struct progress *)progress)->step = step; // @note
#endif
}

static void
work(void *progress)
{
    note((PyObject *)progress, 1); // @work
    ext_gate_open(&gate);
}

static PyObject *
run(PyObject *self, PyObject *progress)
{
    struct ext_thread worker = {.function = work, .argument = progress};

    ext_gate_make(&gate);
    ext_thread_start(&worker);
    ext_gate_wait_attached(&gate);
    note(progress, 2); // @run
    ext_thread_join(&worker);
    Py_RETURN_NONE;
}

EXT_MODULE(t, EXT_NOARGS(make) EXT_O(run))
