/* SPDX-License-Identifier: MIT */
/* A reference that one thread takes and another gives back: by the process it is
 * balanced, by the thread it is not. On free-threaded builds the last one is
 * queued for the owner, who destroys the object later, or never saw it go.
 *
 * trap[ft]: a last reference that is queued for the owner
 * trap: an object of another thread destroyed
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
#ifdef Py_GIL_DISABLED
    PyObject *dict = PyDict_New();

    EXT_THREAD(release, PyList_New(3));
    EXT_THREAD(release_inline, dict);
    EXT_ENTERED("a last reference that is queued for the owner",
                (dict->ob_ref_shared & _Py_REF_SHARED_FLAG_MASK) ==
                    _Py_REF_QUEUED);
#else
    Py_ssize_t before = ext_refcount(object);
    PyObject *list = PyList_New(1);

    PyList_SetItem(list, 0, Py_NewRef(object));
    EXT_THREAD(release, list);
    EXT_THREAD(release_inline, PyDict_New());
    EXT_ENTERED("an object of another thread destroyed",
                ext_refcount(object) == before);
#endif
    Py_RETURN_NONE;
}

EXT_MODULE(t, EXT_O(hand_over))
