/* SPDX-License-Identifier: MIT */
/* A module's code runs, and counts, while the interpreter's own deallocs run:
 * finalizers of Python and of C, which get their object with a count; a
 * tp_del, which lends itself one; callbacks of weak references; the deallocs
 * of items, which use their container by what it left them.
 *
 * needs: births
 * trap:
 *   a finalizer of Python that counts
 *   a finalizer of C that counts
 *   a tp_del that counts
 *   an item that counts another one
 * run:
 *   import t, weakref
 *   class Finalized:
 *       def __del__(self):
 *           t.use(self)
 *   class Item(t.Item):
 *       pass
 *   for _ in range(20):
 *       for kind in Finalized, t.Finalized, t.Deleted, Item:
 *           thing = kind()
 *           del thing
 *       box = [t.Item(), t.Item()]
 *       reference = weakref.ref(Finalized(), t.use)
 *       del box
 */
#include "ext.h"

static PyObject *shared;

static PyObject *
use(PyObject *self, PyObject *object)
{
    EXT_ENTERED("a finalizer of Python that counts", ext_refcount(object) > 0);
    Py_IncRef(object);
    Py_INCREF(object);
    Py_DECREF(object);
    Py_DecRef(object);
    Py_RETURN_NONE;
}

static void
finalize(PyObject *self)
{
    EXT_ENTERED("a finalizer of C that counts", ext_refcount(self) > 0);
    Py_IncRef(self);
    Py_DecRef(self);
}

static PyType_Slot finalized_slots[] = {
    {Py_tp_finalize, (void *)finalize},
    {0, NULL},
};
static PyType_Spec finalized_spec = {
    .name = "t.Finalized",
    .basicsize = sizeof(PyObject),
    .flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_BASETYPE,
    .slots = finalized_slots,
};

/* As a type's dealloc would. */
static void
del(PyObject *self)
{
    EXT_ENTERED("a tp_del that counts", ext_refcount(self) == 0);
    Py_IncRef(self);
    PyErr_CheckSignals();
    Py_SET_REFCNT(self, 0);
}

static PyType_Slot deleted_slots[] = {
    {Py_tp_del, (void *)del},
    {0, NULL},
};
static PyType_Spec deleted_spec = {
    .name = "t.Deleted",
    .basicsize = sizeof(PyObject),
    .flags = Py_TPFLAGS_DEFAULT,
    .slots = deleted_slots,
};

static void
item_dealloc(PyObject *self)
{
    PyTypeObject *type = Py_TYPE(self);

    EXT_ENTERED("an item that counts another one", shared != NULL);
    Py_IncRef(shared);
    Py_DecRef(shared);
    type->tp_free(self);
    Py_DECREF(type);
}

static PyType_Slot item_slots[] = {
    {Py_tp_dealloc, (void *)item_dealloc},
    {0, NULL},
};
static PyType_Spec item_spec = {
    .name = "t.Item",
    .basicsize = sizeof(PyObject),
    .flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_BASETYPE,
    .slots = item_slots,
};

static int
add(PyObject *module, const char *name, PyType_Spec *spec)
{
    PyObject *type = PyType_FromSpec(spec);
    int error = PyModule_AddObjectRef(module, name, type);

    Py_DECREF(type);
    return error;
}

static int
add_types(PyObject *module)
{
    shared = PyList_New(0);
    return add(module, "Finalized", &finalized_spec) ||
                   add(module, "Deleted", &deleted_spec) ||
                   add(module, "Item", &item_spec)
               ? -1
               : 0;
}

EXT_MODULE_EXEC(t, add_types, EXT_O(use))
