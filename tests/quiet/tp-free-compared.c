/* SPDX-License-Identifier: MIT */
/* Types whose tp_free the interpreter compares: collected ones of bases that are
 * not, made in every way there is; and assignments to __class__, which want
 * the two types to have the same.
 *
 * trap:
 *   a collected type of a base that is not
 *   an assignment to __class__
 * run:
 *   import gc, t
 *   class Python(t.Plain):
 *       pass
 *   class Slotted(t.Open):
 *       __slots__ = ()
 *   class Other(t.Open):
 *       __slots__ = ()
 *   for _ in range(10):
 *       for kind in (t.Plain, t.Ready, t.FromSpec, t.WithBases, t.Open,
 *                    Python, Slotted, Other):
 *           thing = kind()
 *           del thing
 *       for before, after in ((Slotted, Other), (Slotted, t.Open),
 *                             (t.Open, Other)):
 *           thing = before()
 *           thing.__class__ = after
 *           t.entered("an assignment to __class__", type(thing) is after)
 *           del thing
 *       gc.collect()
 *   try:
 *       Python().__class__ = t.Open
 *   except TypeError:
 *       pass
 *   else:
 *       raise AssertionError("layouts that differ")
 */
#include "ext.h"

static void
plain_dealloc(PyObject *self)
{
    Py_TYPE(self)->tp_free(self);
}

static void
ready_dealloc(PyObject *self)
{
    PyObject_GC_UnTrack(self);
    Py_TYPE(self)->tp_free(self);
}

/* Of a heap type. */
static void
heap_dealloc(PyObject *self)
{
    PyTypeObject *type = Py_TYPE(self);

    PyObject_GC_UnTrack(self);
    type->tp_free(self);
    Py_DECREF(type);
}

static int
traverse(PyObject *self, visitproc visit, void *arg)
{
    if (PyType_HasFeature(Py_TYPE(self), Py_TPFLAGS_HEAPTYPE))
        Py_VISIT(Py_TYPE(self));
    return 0;
}

static PyTypeObject Plain = {
    PyVarObject_HEAD_INIT(NULL, 0).tp_name = "t.Plain",
    .tp_basicsize = sizeof(PyObject),
    .tp_flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_BASETYPE,
    .tp_dealloc = plain_dealloc,
    .tp_new = PyType_GenericNew,
};

static PyTypeObject Ready = {
    PyVarObject_HEAD_INIT(NULL, 0).tp_name = "t.Ready",
    .tp_basicsize = sizeof(PyObject),
    .tp_flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_GC,
    .tp_base = &Plain,
    .tp_dealloc = ready_dealloc,
    .tp_traverse = traverse,
    .tp_new = PyType_GenericNew,
};

static PyType_Slot slots[] = {
    {Py_tp_dealloc, (void *)heap_dealloc},
    {Py_tp_traverse, (void *)traverse},
    {Py_tp_new, (void *)PyType_GenericNew},
    {0, NULL}, /* Py_tp_base */
    {0, NULL},
};

static PyType_Spec spec = {
    .basicsize = sizeof(PyObject),
    .flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_BASETYPE | Py_TPFLAGS_HAVE_GC,
    .slots = slots,
};

static int
add(PyObject *module, const char *name, PyObject *type)
{
    int error;

    EXT_ENTERED("a collected type of a base that is not",
                type != NULL && PyType_HasFeature((PyTypeObject *)type,
                                                  Py_TPFLAGS_HAVE_GC));
    error = PyModule_AddObjectRef(module, name, type);
    Py_DECREF(type);
    return error;
}

static int
add_types(PyObject *module)
{
    PyObject *bases;
    int error;

    if (PyModule_AddType(module, &Plain) || PyModule_AddType(module, &Ready))
        return -1;
    spec.name = "t.Open";
    error = add(module, "Open", PyType_FromSpec(&spec));
    bases = Py_BuildValue("(O)", &Plain);
    spec.name = "t.WithBases";
    error |= add(module, "WithBases", PyType_FromSpecWithBases(&spec, bases));
    Py_DECREF(bases);
    if (PyType_Ready(&Plain))
        return -1;
    slots[3] = (PyType_Slot){Py_tp_base, &Plain};
    spec.name = "t.FromSpec";
    return error | add(module, "FromSpec",
                       PyType_FromModuleAndSpec(module, &spec, NULL));
}

EXT_MODULE_EXEC(t, add_types, EXT_TRAPS)
