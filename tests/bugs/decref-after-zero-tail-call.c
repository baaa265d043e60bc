/* SPDX-License-Identifier: MIT */
/* decref-after-zero: the last statement of a dealloc releases what was released
 * before, which compiles to a jump: the interpreter seems to do it.
 *
 * needs: births
 * run: import t; t.drop_twice()
 * exit: 66
 * report:
 *   refsan: decref-after-zero: decref of an object whose reference count had already reached zero
 *     object  ADDR  <list>  ...
 *     decref by thread T1 ...:
 *       #...
 *       ... in drop_twice ...decref-after-zero-tail-call.c:@drop ...
 *     ...
 *     because  its deallocation is over
 *     ...
 */
#include "ext.h"

struct holder {
    PyObject base;
    PyObject *held;
};

__attribute__((optimize("O2"))) static void
holder_dealloc(PyObject *self)
{
    PyObject *held = ((struct holder *)self)->held;

    PyObject_Free(self);
    Py_DecRef(held); /* a jump */
}

static PyTypeObject Holder = {
    PyVarObject_HEAD_INIT(NULL, 0).tp_name = "t.Holder",
    .tp_basicsize = sizeof(struct holder),
    .tp_flags = Py_TPFLAGS_DEFAULT,
    .tp_dealloc = holder_dealloc,
};

static PyObject *
drop_twice(PyObject *self, PyObject *unused)
{
    PyObject *list = PyList_New(0);
    struct holder *holder = PyObject_New(struct holder, &Holder);

    holder->held = list;
#ifndef FIXED
    Py_DecRef(list);
#endif
    Py_DecRef((PyObject *)holder); // @drop
    Py_RETURN_NONE;
}

static int
ready(PyObject *module)
{
    return PyType_Ready(&Holder);
}

EXT_MODULE_EXEC(t, ready, EXT_NOARGS(drop_twice))
