/* SPDX-License-Identifier: MIT */
/* Deferred counting as its documentation has it; asked for again, or for a
 * function, which has it already. A default build answers 0 to everything.
 *
 * needs: >=3.14
 * trap[ft]:
 *   a count that is deferred
 *   deferred counting asked for again
 * trap: deferred counting refused
 * options: warnings_are_errors=1
 * run:
 *   import gc, t
 *   t.make(lambda: None)
 *   gc.collect()
 */
#include "ext.h"

static void
use(void *object)
{
    Py_IncRef(object);
    Py_DecRef(object);
}

static PyObject *
make(PyObject *self, PyObject *function)
{
    PyObject *made = PyList_New(0);

#ifdef Py_GIL_DISABLED
    EXT_ENTERED("a count that is deferred",
                PyUnstable_Object_EnableDeferredRefcount(made) == 1);
    EXT_ENTERED("deferred counting asked for again",
                PyUnstable_Object_EnableDeferredRefcount(made) == 0);
#else
    EXT_ENTERED("deferred counting refused",
                PyUnstable_Object_EnableDeferredRefcount(made) == 0);
    PyUnstable_Object_EnableDeferredRefcount(made);
#endif
    PyUnstable_Object_EnableDeferredRefcount(function);
    PyUnstable_Object_EnableDeferredRefcount((PyObject *)Py_TYPE(made));
    EXT_THREAD(use, made);
    Py_DecRef(made);
    Py_RETURN_NONE;
}

EXT_MODULE(t, EXT_O(make))
