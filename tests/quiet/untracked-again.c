/* SPDX-License-Identifier: MIT */
/* A deferred object that the collector could not find for a while, and can find
 * again, thanks to code that nobody watches: it would have been freed, were it
 * not frozen.
 *
 * needs: ft >=3.14 births !shared
 * trap: a deferred object that is tracked again
 * run:
 *   import gc, t
 *   for i in range(10):
 *       t.make_and_drop()
 *   gc.freeze()
 */
#include "ext.h"

#include <dlfcn.h>

static void (*track_unseen)(void *);

static PyObject *
make_and_drop(PyObject *self, PyObject *unused)
{
    static int made;
    PyObject *record = PyTuple_New(1);

    PyTuple_SetItem(record, 0, PyFloat_FromDouble(1.5));
    if (PyUnstable_Object_EnableDeferredRefcount(record) != 1)
        abort();
    *(void **)&track_unseen = dlsym(RTLD_DEFAULT, "PyObject_GC_Track");
    PyObject_GC_UnTrack(record);
    track_unseen(record);
    if (++made == 10)
        EXT_ENTERED("a deferred object that is tracked again",
                    PyObject_GC_IsTracked(record));
    Py_DECREF(record);
    Py_RETURN_NONE;
}

EXT_MODULE(t, EXT_NOARGS(make_and_drop))
