/* SPDX-License-Identifier: MIT */
/* Finalization: module state, static caches and an atexit handler release their
 * references while the interpreter comes down, with a thread state attached.
 *
 * trap:
 *   a reference given back by an exit handler
 *   a reference given back by the end of the module
 * run:
 *   import atexit, t
 *   t.remember([object()])
 *   atexit.register(t.forget)
 *   t.remember_in_state({"a": [1]})
 */
#include "ext.h"

static PyObject *cached;
static PyObject *in_state;

static PyObject *
remember(PyObject *self, PyObject *object)
{
    cached = Py_NewRef(object);
    Py_RETURN_NONE;
}

static PyObject *
forget(PyObject *self, PyObject *unused)
{
    PyObject *last = cached;

    cached = NULL;
    EXT_ENTERED("a reference given back by an exit handler", last != NULL);
    Py_DecRef(last);
    Py_RETURN_NONE;
}

static void
capsule_gone(PyObject *capsule)
{
    EXT_ENTERED("a reference given back by the end of the module",
                in_state != NULL && cached == NULL);
    Py_DecRef(in_state);
    in_state = NULL;
}

static PyObject *
remember_in_state(PyObject *self, PyObject *object)
{
    PyObject *capsule = PyCapsule_New(&in_state, "t._state", capsule_gone);
    int result = PyModule_AddObjectRef(self, "_state", capsule);

    in_state = Py_NewRef(object);
    Py_DECREF(capsule);
    return result < 0 ? NULL : Py_NewRef(Py_None);
}

EXT_MODULE(t, EXT_O(remember) EXT_NOARGS(forget) EXT_O(remember_in_state))
