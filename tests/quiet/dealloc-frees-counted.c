/* SPDX-License-Identifier: MIT */
/* Memory freed with a count above zero, and nobody has a reference: the
 * dealloc took one itself, to be safe from what it calls, or set the count,
 * and did not care to undo it. What it called has given back what it took.
 *
 * trap: memory freed with a count above zero
 * run: import t; t.drop_all()
 */
#include "ext.h"

enum way {
    TAKES_ONE,      /* and frees */
    TAKES_AND_ASKS, /* and frees in another function */
    ASKS,
    SETS,
    WAYS,
};
static enum way way;
static int freed, freed_counted;

/* Counts the dying object, in balance. */
static void __attribute__((noinline)) ask(PyObject *object)
{
    Py_IncRef(object);
    Py_INCREF(object);
    Py_DecRef(object);
#ifdef Py_GIL_DISABLED
    Py_DECREF(object);
#else
    Py_SET_REFCNT(object, Py_REFCNT(object) - 1);
#endif
}

static void __attribute__((noinline)) finish(PyObject *self)
{
    freed++;
    freed_counted += ext_refcount(self) > 0;
    PyObject_Free(self);
    freed++; /* no tail call */
}

static void
node_dealloc(PyObject *self)
{
    PyTypeObject *type = Py_TYPE(self);

    switch (way) {
    case TAKES_ONE:
        Py_IncRef(self);
        freed_counted += ext_refcount(self) > 0;
        PyObject_Free(self);
        freed += 2;
        break;
    case TAKES_AND_ASKS:
        Py_INCREF(self);
        ask(self);
        finish(self);
        break;
    case ASKS:
#ifdef Py_GIL_DISABLED
        Py_IncRef(self);
        ask(self);
        self->ob_ref_local--;
#else
        ask(self);
#endif
        finish(self);
        break;
    default:
#ifndef Py_GIL_DISABLED
        Py_SET_REFCNT(self, 1);
        ask(self);
#endif
        finish(self);
        break;
    }
    Py_DECREF(type);
}

EXT_TYPE(node_spec, "t.Node", node_dealloc);

static PyObject *
drop_all(PyObject *self, PyObject *unused)
{
    PyObject *type = PyType_FromSpec(&node_spec);

    for (way = 0; way < WAYS; way++) {
        Py_DecRef(PyObject_CallNoArgs(type));
        Py_DECREF(PyObject_CallNoArgs(type));
    }
    if (freed != 4 * WAYS)
        abort();
    EXT_ENTERED("memory freed with a count above zero", freed_counted >= 4);
    Py_DECREF(type);
    Py_RETURN_NONE;
}

EXT_MODULE(t, EXT_NOARGS(drop_all))
