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
 * report:
 *   refsan: immortal-drift: an immortal object was counted
 *     object  ADDR  <list>  ...
 *     incref by thread T1 ...:
 *       #0 ADDR in run_worker ...immortal-drift-thread-counts.c:@notice ...
 *       ...
 *     ...
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
