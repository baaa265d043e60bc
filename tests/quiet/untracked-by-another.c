/* SPDX-License-Identifier: MIT */
/* A tuple is no longer tracked, by code that nobody watches. That a module untracks
 * it once more does not make it the one who did.
 *
 * needs: ft >=3.14 births !shared
 * trap: a deferred object that another one untracked
 * run:
 *   import t
 *   record = t.make()
 *   assert t.untrack(record) is False
 *   del record
 */
#include "ext.h"

#include <dlfcn.h>

static void (*untrack_unseen)(void *);

static PyObject *
make(PyObject *self, PyObject *unused)
{
    PyObject *record = PyTuple_New(1);

    PyTuple_SetItem(record, 0, PyFloat_FromDouble(1.5));
    if (PyUnstable_Object_EnableDeferredRefcount(record) != 1)
        abort();
    *(void **)&untrack_unseen = dlsym(RTLD_DEFAULT, "PyObject_GC_UnTrack");
    untrack_unseen(record);
    return record;
}

static PyObject *
untrack(PyObject *self, PyObject *record)
{
    int is_tracked = PyObject_GC_IsTracked(record);

    EXT_ENTERED("a deferred object that another one untracked", !is_tracked);
    PyObject_GC_UnTrack(record);
    return PyBool_FromLong(is_tracked);
}

EXT_MODULE(t, EXT_NOARGS(make) EXT_O(untrack))
