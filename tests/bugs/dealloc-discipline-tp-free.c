/* SPDX-License-Identifier: MIT */
/* dealloc-discipline: the usual dealloc, which ends in type->tp_free(self):
 * somebody whom it tells of the end keeps a reference. Of a static type that
 * inherits its tp_free, of a heap type that the collector tracks, and of one
 * that was made with a metaclass.
 *
 * needs: births
 * run:
 *   import t
 *   for kind in t.Static, t.Heap, t.Meta:
 *       t.drop(kind)
 * exit: 66
 * story:
 *   dealloc-discipline-tp-free.c:@static: error: t.Static given references while it is deallocated [dealloc-discipline]
 *     memory freed, main thread
 *       NUM | Py_TYPE(self)->tp_free(self); // @static
 *            static_dealloc < drop:NUM < run.py:3
 *     reference taken and kept, main thread
 *       NUM | Py_IncRef(dying); // @keep
 *            tell < static_dealloc:NUM < drop:NUM < run.py:3
 *     last reference released, main thread
 *       NUM | Py_DecRef(PyObject_CallNoArgs(type));
 *            drop < run.py:3
 *     because   its count is 1: a reference was taken during its deallocation and
 *               not given back
 *     object    <t.Static> ADDR, created by main thread at run.py:3
 *     fix       let nothing see the object in tp_dealloc, and do not touch its
 *               count; where a finalizer or a callback may bring it back to life,
 *               call PyObject_CallFinalizerFromDealloc first …
 *     more      refsan explain dealloc-discipline
 * report:
 *   refsan: dealloc-discipline: the object was given references while its deallocation runs
 *     object  ADDR  <t.Static>  ...
 *     memory freed by thread T1 ...:
 *       #0 ADDR in static_dealloc ...dealloc-discipline-tp-free.c:@static ...
 *       #...
 *     because  its count is 1: a reference was taken during its deallocation and not given back
 *     taken during its deallocation, and kept: incref by thread T1 ...:
 *       #0 ADDR in tell ...dealloc-discipline-tp-free.c:@keep ...
 *       ...
 *   refsan: dealloc-discipline: the object was given references while its deallocation runs
 *     object  ADDR  <t.Heap>  ...
 *     memory freed by thread T1 ...:
 *       #0 ADDR in heap_dealloc ...dealloc-discipline-tp-free.c:@heap ...
 *       #...
 *     because  its count is 1: a reference was taken during its deallocation and not given back
 *     ...
 *   refsan: dealloc-discipline: the object was given references while its deallocation runs
 *     object  ADDR  <t.Meta>  ...
 *     memory freed by thread T1 ...:
 *       #0 ADDR in meta_dealloc ...dealloc-discipline-tp-free.c:@meta ...
 *       #...
 *     because  its count is 1: a reference was taken during its deallocation and not given back
 *     ...
 */
#include "ext.h"

static PyObject *kept;

static __attribute__((noinline)) void
tell(PyObject *dying)
{
#ifdef FIXED
    (void)dying;
#else
    Py_IncRef(dying); // @keep
    kept = dying;
#endif
    __asm__ volatile("" : : : "memory"); /* no jump */
}

static void
static_dealloc(PyObject *self)
{
    tell(self);
    Py_TYPE(self)->tp_free(self); // @static
    __asm__ volatile("" : : : "memory");
}

static void
heap_dealloc(PyObject *self)
{
    PyTypeObject *type = Py_TYPE(self);

    if (PyType_IS_GC(type))
        PyObject_GC_UnTrack(self);
    tell(self);
    type->tp_free(self); // @heap
    Py_DECREF(type);
}

static void
meta_dealloc(PyObject *self)
{
    PyTypeObject *type = Py_TYPE(self);
    freefunc release = (freefunc)PyType_GetSlot(type, Py_tp_free);

    tell(self);
    release(self); // @meta
    Py_DECREF(type);
}

static PyTypeObject Base = {
    PyVarObject_HEAD_INIT(NULL, 0).tp_name = "t.Base",
    .tp_basicsize = sizeof(PyObject),
    .tp_flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_BASETYPE,
    .tp_dealloc = static_dealloc,
};

static PyTypeObject Static = {
    PyVarObject_HEAD_INIT(NULL, 0).tp_name = "t.Static",
    .tp_basicsize = sizeof(PyObject),
    .tp_flags = Py_TPFLAGS_DEFAULT,
    .tp_base = &Base,
    .tp_new = PyType_GenericNew,
};

static int
traverse(PyObject *self, visitproc visit, void *arg)
{
    Py_VISIT(Py_TYPE(self));
    return 0;
}

static PyType_Slot heap_slots[] = {
    {Py_tp_dealloc, (void *)heap_dealloc},
    {Py_tp_traverse, (void *)traverse},
    {0, NULL},
};

static PyType_Spec heap_spec = {
    .name = "t.Heap",
    .basicsize = sizeof(PyObject),
    .flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_BASETYPE | Py_TPFLAGS_HAVE_GC,
    .slots = heap_slots,
};

static PyType_Slot meta_slots[] = {{Py_tp_dealloc, (void *)meta_dealloc},
                                   {0, NULL}};

static PyType_Spec meta_spec = {
    .name = "t.Meta",
    .basicsize = sizeof(PyObject),
    .flags = Py_TPFLAGS_DEFAULT,
    .slots = meta_slots,
};

static PyObject *
drop(PyObject *self, PyObject *type)
{
    Py_DecRef(PyObject_CallNoArgs(type));
    Py_RETURN_NONE;
}

static int
add_types(PyObject *module)
{
    PyObject *heap = PyType_FromModuleAndSpec(module, &heap_spec, NULL);
    PyObject *meta = PyType_FromMetaclass(NULL, module, &meta_spec, NULL);

    if (PyModule_AddType(module, &Static) ||
        PyModule_AddObjectRef(module, "Heap", heap) ||
        PyModule_AddObjectRef(module, "Meta", meta))
        return -1;
    Py_DECREF(heap);
    Py_DECREF(meta);
    return 0;
}

EXT_MODULE_EXEC(t, add_types, EXT_O(drop))
