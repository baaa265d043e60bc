/* SPDX-License-Identifier: MIT */
/* Resurrection as it is documented: a dealloc lets the finalizer run by
 * PyObject_CallFinalizerFromDealloc, which may store the object away; then its
 * deallocation is called off, although it had begun. It dies for good later.
 *
 * trap: a deallocation that is called off
 * run: import t; t.die_twice()
 */
#include "ext.h"

static PyObject *kept;
static int finalized, freed;

/* The object is being deallocated, and this is a new reference to it. */
static void
finalize(PyObject *self)
{
    if (finalized++ == 0)
        kept = Py_NewRef(self);
    Py_IncRef(self);
    Py_DecRef(self);
}

static void
phoenix_dealloc(PyObject *self)
{
    PyTypeObject *type = Py_TYPE(self);

    if (PyObject_CallFinalizerFromDealloc(self) < 0)
        return;
    freed++;
    PyObject_Free(self);
    Py_DECREF(type);
}

static PyType_Slot phoenix_slots[] = {{Py_tp_dealloc, (void *)phoenix_dealloc},
                                      {Py_tp_finalize, (void *)finalize},
                                      {0, NULL}};
static PyType_Spec phoenix_spec = {
    .name = "t.Phoenix",
    .basicsize = sizeof(PyObject),
    .flags = Py_TPFLAGS_DEFAULT,
    .slots = phoenix_slots,
};

static void
use(void *object)
{
    Py_IncRef((PyObject *)object);
    Py_DecRef((PyObject *)object);
    Py_INCREF((PyObject *)object);
    Py_DECREF((PyObject *)object);
}

static PyObject *
die_twice(PyObject *self, PyObject *unused)
{
    PyObject *type = PyType_FromSpec(&phoenix_spec);
    PyObject *object = PyObject_CallNoArgs(type);

    Py_DECREF(object);
    EXT_ENTERED("a deallocation that is called off",
                kept == object && freed == 0);
    use(kept);
    EXT_THREAD(use, kept);
    Py_CLEAR(kept);
    if (freed != 1)
        abort();
    Py_DECREF(type);
    Py_RETURN_NONE;
}

EXT_MODULE(t, EXT_NOARGS(die_twice))
