/* SPDX-License-Identifier: MIT */
/* decref-after-zero: two workers release the one reference that they were given
 * to what another thread owns: the first queues the object, the second takes
 * away what the queue holds.
 *
 * needs: ft >=3.14
 * run: import t; t.release_twice()
 * exit: 66
 * story:
 *   decref-after-zero-queue-only.c:@second: error: list released twice [decref-after-zero]
 *     decref, T3 'worker'
 *       NUM | Py_DecRef((PyObject *)list); // @second
 *            give_back < ext_thread_main (ext.h:NUM)
 *     because   only the merge queue still holds a reference, and releases it as
 *               soon as its owner gets to it
 *     object    <list> ADDR, refcount 1,
 *               created by main thread at run.py:1
 *     fix       release each reference once: set the variable to NULL when it is
 *               released (Py_CLEAR) …
 *     more      refsan explain decref-after-zero
 * report:
 *   refsan: decref-after-zero: decref of an object whose reference count had already reached zero
 *     object  ADDR  <list>  ...
 *     decref by thread T3 'worker' ...:
 *       #0 ADDR in give_back ...decref-after-zero-queue-only.c:@second ...
 *       #...
 *     because  only the merge queue still holds a reference, and releases it as soon as its owner gets to it
 *     ...
 */
#include "ext.h"

static void
give_back(void *list)
{
    Py_DecRef((PyObject *)list); // @second
}

static PyObject *
release_twice(PyObject *self, PyObject *unused)
{
    PyObject *list = PyList_New(0);

#ifdef FIXED
    Py_INCREF(list);
#endif
    EXT_THREAD(give_back, list);
    EXT_THREAD(give_back, list);
    Py_RETURN_NONE;
}

EXT_MODULE(t, EXT_NOARGS(release_twice))
