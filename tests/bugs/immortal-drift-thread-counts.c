/* SPDX-License-Identifier: MIT */
/* immortal-drift: references are counted per thread, in a table, and a thread
 * that ends adds its share to the object's shared half. Nobody asks whether
 * the object has become immortal in the meantime.
 *
 * like: wjakob/nanobind#740
 * needs: ft >=3.15 births
 * options: warnings_are_errors=1
 * run: import t; t.run_worker()
 * exit: 66
 * story:
 *   immortal-drift-thread-counts.c:@notice: warning: reference count of immortal list was changed [immortal-drift]
 *     incref, main thread
 *       NUM | Py_IncRef(object); // @notice
 *            run_worker < run.py:1
 *     made immortal
 *       NUM | if (!PyUnstable_SetImmortal(object))
 *            run_worker < run.py:1
 *     because   code unaware of immortal objects changed its count
 *     object    <list> ADDR, immortal, created by main thread at run.py:1
 *     fix       build the module with the headers of 3.12 or later (Py_LIMITED_API
 *               0x030c0000), and look for a Py_DECREF of a reference that was only
 *               borrowed
 *     more      refsan explain immortal-drift
 * report:
 *   refsan: immortal-drift: an immortal object was counted
 *     object  ADDR  <list>  refcount immortal, created by T1 'python...', immortal
 *     incref by thread T1 'python...':
 *       #0 in run_worker immortal-drift-thread-counts.c:@notice
 *       #1 in <module> run.py:1 (python)
 *     because  code unaware of immortal objects changed its count
 *     made immortal:
 *       #0 in run_worker immortal-drift-thread-counts.c:NUM
 *       #1 in <module> run.py:1 (python)
 *     created by thread T1 'python...':
 *       #0 in <module> run.py:1 (python)
 *     history  oldest first: thread, operation, refcount, place
 *       1.  T1   immortalized        1 -> 1     in run_worker immortal-drift-thread-counts.c:NUM
 *       2.  T1   incref                         in run_worker immortal-drift-thread-counts.c:@notice
 *     fix      build the module with the headers of 3.12 or later (Py_LIMITED_API 0x030c0000), and look for a Py_DECREF of a reference that was only borrowed
 *     suppress immortal-drift:run_worker
 *     docs     docs/reports.md#immortal-drift
 */
#include "ext.h"

static void
take_and_end(void *context)
{
    PyObject *object = (PyObject *)context;
    Py_ssize_t references = 3; /* counted without touching the object */

#ifdef FIXED
    if (PyUnstable_IsImmortal(object))
        return;
#endif
    __atomic_fetch_add(&object->ob_ref_shared,
                       references << _Py_REF_SHARED_SHIFT, __ATOMIC_RELAXED);
}

static PyObject *
run_worker(PyObject *self, PyObject *unused)
{
    PyObject *object = PyList_New(0);

    if (!PyUnstable_SetImmortal(object))
        abort();
    EXT_THREAD(take_and_end, object);
    Py_IncRef(object); // @notice
    return object;
}

EXT_MODULE(t, EXT_NOARGS(run_worker))
