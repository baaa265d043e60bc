/* SPDX-License-Identifier: MIT */
/* Objects that are not freed because nobody counts them as others are counted:
 * immortal ones, ones kept with a count of zero, and types and functions, which
 * the interpreter itself keeps. Nothing in memory refers to them.
 *
 * needs: >=3.14
 * options: leaks=1
 * trap: objects that nobody counts
 * run:
 *   import t
 *   for i in range(1000):
 *       t.keep_immortal(i)
 *       t.keep_uncounted(i)
 *       t.keep_function(i)
 *       t.keep_deferred(i)
 */
#include "ext.h"

static uintptr_t hidden[4][1000]; /* no pointers */

static PyObject *
keep_immortal(PyObject *self, PyObject *number)
{
    PyObject *made = PyTuple_Pack(1, Py_None);

#ifdef Py_GIL_DISABLED
    Py_SET_REFCNT(made, INT64_MAX);
#else
    Py_SET_REFCNT(made, 0xc0000000);
#endif
    hidden[0][PyLong_AsLong(number)] = ~(uintptr_t)made;
    Py_RETURN_NONE;
}

static PyObject *
keep_uncounted(PyObject *self, PyObject *number)
{
    PyObject *made = PyUnicode_FromFormat("kept: %d", 2000);

    Py_SET_REFCNT(made, 0);
    if (PyLong_AsLong(number) == 999)
        EXT_ENTERED("objects that nobody counts", Py_REFCNT(made) == 0);
    hidden[1][PyLong_AsLong(number)] = ~(uintptr_t)made;
    Py_RETURN_NONE;
}

/* Where counts are deferred. */
static PyObject *
keep_deferred(PyObject *self, PyObject *number)
{
    PyObject *made = PyList_New(0);

    PyUnstable_Object_EnableDeferredRefcount(made);
    PyObject_GC_UnTrack(made); /* or the end of the runtime counts it */
#ifdef Py_GIL_DISABLED
    hidden[3][PyLong_AsLong(number)] = ~(uintptr_t)made;
#else
    Py_DECREF(made);
#endif
    Py_RETURN_NONE;
}

static PyObject *
keep_function(PyObject *self, PyObject *number)
{
    static PyMethodDef method = {"kept", keep_uncounted, METH_O, NULL};

    hidden[2][PyLong_AsLong(number)] =
        ~(uintptr_t)PyCFunction_New(&method, NULL);
    Py_RETURN_NONE;
}

EXT_MODULE(t, EXT_O(keep_immortal) EXT_O(keep_uncounted) EXT_O(keep_function)
                  EXT_O(keep_deferred))
