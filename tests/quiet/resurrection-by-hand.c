/* SPDX-License-Identifier: MIT */
/* A binding that keeps the wrapper of a C++ object which others still use: its
 * dealloc gives the object its reference back by hand. Free-threaded builds do
 * it by _Py_NewReference, so an object that is there is made once more.
 *
 * trap: a dead object with a reference given back by hand
 * run: import t; t.die_and_live()
 */
#include "ext.h"

static PyObject *kept;

static void
wrapper_dealloc(PyObject *self)
{
    static int deaths;
    PyTypeObject *type = Py_TYPE(self);

    if (deaths++ == 0) {
#ifdef Py_GIL_DISABLED
        _Py_NewReference(self);
#else
        Py_SET_REFCNT(self, 1);
#endif
        kept = self;
        return;
    }
    PyObject_Free(self);
    Py_DECREF(type);
}

EXT_TYPE(wrapper_spec, "t.Wrapper", wrapper_dealloc);

static void
use(void *object)
{
    Py_IncRef((PyObject *)object);
    Py_DecRef((PyObject *)object);
    Py_INCREF((PyObject *)object);
    Py_DECREF((PyObject *)object);
}

static PyObject *
die_and_live(PyObject *self, PyObject *unused)
{
    PyObject *type = PyType_FromSpec(&wrapper_spec);
    PyObject *wrapper = PyObject_CallNoArgs(type);

    Py_DECREF(wrapper);
    EXT_ENTERED("a dead object with a reference given back by hand",
                kept == wrapper && ext_refcount(kept) == 1);
    use(kept);
    EXT_THREAD(use, kept);
    Py_DECREF(kept);
    Py_DECREF(type);
    Py_RETURN_NONE;
}

EXT_MODULE(t, EXT_NOARGS(die_and_live))
