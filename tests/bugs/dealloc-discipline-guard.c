/* SPDX-License-Identifier: MIT */
/* dealloc-discipline: generated code keeps the object alive around the user's
 * __dealloc__ by setting its count up and down again. Another thread had the
 * object before, and may find it in a map of its own.
 * Called as a stable-ABI build calls it.
 *
 * like: cython/cython#7769
 * needs: ft, >=3.14
 * run: import t; t.make_and_drop()
 * exit: 66
 * report:
 *   refsan: dealloc-discipline: the object was given references while its deallocation runs
 *     object  ADDR  <t.Guarded>  ...
 *     reference count set by thread T1 ...:
 *       #0 ADDR in guarded_dealloc ...dealloc-discipline-guard.c:@set ...
 *       #...
 *     because  another thread has operated on it
 *              its deallocation is running on this thread
 *     ...
 */
#include "ext.h"

static void
guarded_dealloc(PyObject *self)
{
    PyTypeObject *type = Py_TYPE(self);

#ifndef FIXED
    _Py_SetRefcnt(self, Py_REFCNT(self) + 1); // @set
#endif
    /* … the user's __dealloc__ … */
#ifndef FIXED
    _Py_SetRefcnt(self, Py_REFCNT(self) - 1);
#endif
    PyObject_Free(self);
    Py_DECREF(type);
}

EXT_TYPE(guarded_spec, "t.Guarded", guarded_dealloc);

static void
use(void *object)
{
    Py_IncRef((PyObject *)object);
    Py_DecRef((PyObject *)object);
}

static PyObject *
make_and_drop(PyObject *self, PyObject *unused)
{
    PyObject *type = PyType_FromSpec(&guarded_spec);
    PyObject *object = PyObject_CallNoArgs(type);

    EXT_THREAD(use, object);
    Py_DECREF(object);
    Py_DECREF(type);
    Py_RETURN_NONE;
}

EXT_MODULE(t, EXT_NOARGS(make_and_drop))
