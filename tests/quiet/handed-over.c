/* SPDX-License-Identifier: MIT */
/* A reference that one thread takes and another gives back: by the process it is
 * balanced, by the thread it is not. On free-threaded builds the last one is
 * queued for the owner, who destroys the object later, or never saw it go.
 *
 * run:
 *   import gc, t
 *   for _ in range(100):
 *       t.hand_over([object()])
 *   gc.collect()
 */
#include "ext.h"

static void
release(void *object)
{
    Py_DecRef(object);
}

static void
release_inline(void *object)
{
    Py_DECREF((PyObject *)object);
}

static PyObject *
hand_over(PyObject *self, PyObject *object)
{
    Py_IncRef(object);
    EXT_THREAD(release, object);
    Py_INCREF(object);
    EXT_THREAD(release_inline, object);
    EXT_THREAD(release, PyList_New(3));
    EXT_THREAD(release_inline, PyDict_New());
    Py_RETURN_NONE;
}

EXT_MODULE(t, EXT_O(hand_over))
