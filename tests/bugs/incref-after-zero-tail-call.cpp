/* SPDX-License-Identifier: MIT */
/* incref-after-zero: a dealloc ends in the call that takes a reference, to what
 * it has released: it hands its buffer to a cache too late.
 *
 * needs: births >=3.14
 * run: import t; t.drop()
 * exit: 66
 * report:
 *   refsan: incref-after-zero: incref of an object whose deallocation has begun
 *     object  ADDR  <list>  ...
 *     incref by thread T1 ...:
 *       #...
 *       ... in drop(_object*, _object*) ...incref-after-zero-tail-call.cpp:@drop ...
 *     ...
 *     because  its deallocation is over
 *     ...
 */
#include "ext.h"

struct holder {
    PyObject base;
    PyObject *buffer;
};

static PyTypeObject Holder;
static PyObject *cache;

static void
empty(struct holder *holder)
{
    Py_DecRef(holder->buffer);
    PyObject_Free(holder);
}

__attribute__((optimize("O2"))) static void
holder_dealloc(PyObject *self)
{
    PyObject *buffer = ((struct holder *)self)->buffer;

#ifdef FIXED
    Py_IncRef(buffer);
    cache = buffer;
    empty((struct holder *)self);
#else
    empty((struct holder *)self);
    cache = buffer;
    Py_IncRef(buffer); /* a jump */
#endif
}

static PyObject *
drop(PyObject *self, PyObject *unused)
{
    struct holder *holder = PyObject_New(struct holder, &Holder);

    holder->buffer = PyList_New(0);
    Py_DecRef((PyObject *)holder); // @drop
    Py_RETURN_NONE;
}

static int
ready(PyObject *module)
{
    Holder.tp_name = "t.Holder";
    Holder.tp_basicsize = sizeof(struct holder);
    Holder.tp_flags = Py_TPFLAGS_DEFAULT;
    Holder.tp_dealloc = holder_dealloc;
    return PyType_Ready(&Holder);
}

EXT_MODULE_EXEC(t, ready, EXT_NOARGS(drop))
