/* SPDX-License-Identifier: MIT */
/* incref-after-zero: a worker releases the last reference to what another
 * thread owns, which queues the object for its owner. Whoever still uses it
 * by a borrowed pointer is in time only by luck: here the owner itself, and
 * a second worker.
 *
 * needs: ft >=3.14
 * run: import t; t.use_as_owner(); t.use_as_worker()
 * exit: 66
 * story:
 *   incref-after-zero-queue-only.c:@owner: error: list used after its last reference was released [incref-after-zero]
 *     incref, main thread
 *       NUM | Py_IncRef(list); // @owner
 *            use_as_owner < run.py:1
 *     first decref by another thread, T2 'worker' (ended)
 *       NUM | Py_DecRef((PyObject *)list);
 *            give_back < ext_thread_main (ext.h:NUM)
 *     because   only the merge queue still holds a reference, and releases it as
 *               soon as its owner gets to it
 *     object    <list> ADDR, refcount 1,
 *               created by main thread at run.py:1
 *     fix       hold a strong reference while the pointer is in use (Py_NewRef,
 *               PyDict_GetItemRef, PyList_GetItemRef, PyWeakref_GetRef) …
 *     more      refsan explain incref-after-zero
 * report:
 *   refsan: incref-after-zero: incref of an object whose deallocation has begun
 *     object  ADDR  <list>  ...
 *     incref by thread T1 ...:
 *       #0 ADDR in use_as_owner ...incref-after-zero-queue-only.c:@owner ...
 *       #...
 *     because  only the merge queue still holds a reference, and releases it as soon as its owner gets to it
 *     ...
 *   refsan: incref-after-zero: incref of an object whose deallocation has begun
 *     object  ADDR  <list>  ...
 *     incref by thread T4 'worker' ...:
 *       #0 ADDR in use ...incref-after-zero-queue-only.c:@worker ...
 *       #...
 *     because  only the merge queue still holds a reference, and releases it as soon as its owner gets to it
 *     ...
 */
#include "ext.h"

static void
give_back(void *list)
{
    Py_DecRef((PyObject *)list);
}

static void
use(void *list)
{
    Py_IncRef((PyObject *)list); // @worker
    Py_DecRef((PyObject *)list);
}

/* Its reference goes with the worker. */
static PyObject *
hand_over(void)
{
    PyObject *list = PyList_New(0);

#ifdef FIXED
    Py_INCREF(list);
#endif
    EXT_THREAD(give_back, list);
    return list;
}

static PyObject *
use_as_owner(PyObject *self, PyObject *unused)
{
    PyObject *list = hand_over();

    Py_IncRef(list); // @owner
    Py_DecRef(list);
#ifdef FIXED
    Py_DecRef(list);
#endif
    Py_RETURN_NONE;
}

static PyObject *
use_as_worker(PyObject *self, PyObject *unused)
{
    PyObject *list = hand_over();

    EXT_THREAD(use, list);
#ifdef FIXED
    Py_DecRef(list);
#endif
    Py_RETURN_NONE;
}

EXT_MODULE(t, EXT_NOARGS(use_as_owner) EXT_NOARGS(use_as_worker))
