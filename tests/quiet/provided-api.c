/* SPDX-License-Identifier: MIT */
/* One extension that uses the reference count API of 3.14 and 3.15, on every
 * Python: where the interpreter lacks a function, refsan provides it, with the
 * meaning it has where it was introduced. Without refsan it would not load
 * there. Each result is what the real function gives, and aborts if not.
 *
 * needs: stock
 * trap:
 *   made immortal by a function of 3.15
 *   a function of 3.14 that defers
 *   a function of 3.14 that tries
 *   a function of 3.14 that knows what is unique
 * run: import t; t.immortalize([]); t.defer([]); t.try_incref(); t.unique()
 */
#include "ext.h"

/* 3.12 and 3.13 do not declare them. */
extern int PyUnstable_SetImmortal(PyObject *);
extern int PyUnstable_IsImmortal(PyObject *);
extern int PyUnstable_TryIncRef(PyObject *);
extern void PyUnstable_EnableTryIncRef(PyObject *);
extern int PyUnstable_Object_EnableDeferredRefcount(PyObject *);
extern int PyUnstable_Object_IsUniquelyReferenced(PyObject *);

#define MUST(condition)                                                       \
    do {                                                                      \
        if (!(condition))                                                     \
            ext_not_entered("not so", #condition);                            \
    } while (0)

static PyObject *
immortalize(PyObject *self, PyObject *unused)
{
    PyObject *table = PyDict_New();

    if (!PyObject_GC_IsTracked(table)) /* 3.12, 3.13: when something is in */
        PyObject_GC_Track(table);
    MUST(!PyUnstable_IsImmortal(table));
    EXT_ENTERED("made immortal by a function of 3.15",
                PyUnstable_SetImmortal(table) == 1);
    MUST(PyUnstable_IsImmortal(table));
    MUST(!PyObject_GC_IsTracked(table));
    for (int i = 0; i < 10; i++)
        Py_DECREF(table);
    MUST(PyDict_Size(table) == 0);
    MUST(PyUnstable_IsImmortal(Py_None));
    Py_RETURN_NONE;
}

static PyObject *
defer(PyObject *self, PyObject *unused)
{
    PyObject *list = PyList_New(0);
    int result = PyUnstable_Object_EnableDeferredRefcount(list);

#if defined(Py_GIL_DISABLED) && PY_VERSION_HEX >= 0x030e0000
    EXT_ENTERED("a function of 3.14 that defers", result == 1);
#else
    EXT_ENTERED("a function of 3.14 that defers", result == 0);
#endif
    Py_DECREF(list);
    Py_RETURN_NONE;
}

static PyObject *shared;
static int result_there;

static void
try_there(void *unused)
{
    result_there = PyUnstable_TryIncRef(shared);
    if (result_there)
        Py_DECREF(shared);
}

static PyObject *
try_incref(PyObject *self, PyObject *unused)
{
    shared = PyList_New(0);
    PyUnstable_EnableTryIncRef(shared);
    EXT_ENTERED("a function of 3.14 that tries",
                PyUnstable_TryIncRef(shared) == 1);
    MUST(Py_REFCNT(shared) == 2);
    Py_DECREF(shared);
    EXT_THREAD(try_there, NULL);
    MUST(result_there == 1);
    MUST(Py_REFCNT(shared) == 1);
    Py_CLEAR(shared);
    Py_RETURN_NONE;
}

static PyObject *
unique(PyObject *self, PyObject *unused)
{
    PyObject *list = PyList_New(0);

    EXT_ENTERED("a function of 3.14 that knows what is unique",
                PyUnstable_Object_IsUniquelyReferenced(list) == 1);
    Py_INCREF(list);
    MUST(PyUnstable_Object_IsUniquelyReferenced(list) == 0);
    Py_DECREF(list);
    Py_DECREF(list);
    Py_RETURN_NONE;
}

EXT_MODULE(t, EXT_O(immortalize) EXT_O(defer) EXT_NOARGS(try_incref)
                  EXT_NOARGS(unique))
