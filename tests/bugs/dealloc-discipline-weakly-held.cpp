/* SPDX-License-Identifier: MIT */
/* dealloc-discipline: a coroutine that Python code drops is brought back to life
 * by hand, so that it can be ended by an exception; threads that have a weak
 * reference to it take it meanwhile.
 * The count is set by a helper, and the release was the interpreter's.
 *
 * needs: ft >=3.14
 * run:
 *   import t, weakref
 *   class Mine(t.Coroutine):
 *       pass
 *   for kind in t.Coroutine, Mine:
 *       coroutine = kind()
 *       reference = weakref.ref(coroutine)
 *       del coroutine
 *       assert reference() is None
 * exit: 66
 * story:
 *   dealloc-discipline-weakly-held.cpp:@set: error: t.Coroutine given references while it is deallocated [dealloc-discipline]
 *     reference count set, main thread
 *       NUM | _Py_SetRefcnt(object_, 1); // @set
 *            killer::kill < coroutine_dealloc:NUM < run.py:7
 *     deallocation began, main thread at run.py:7
 *     because   ownership was given up (counts merged); its deallocation is running
 *               on this thread; weak references to it exist …
 *     object    <t.Coroutine> ADDR, created by main thread at run.py:5
 *     fix       let nothing see the object in tp_dealloc, and do not touch its
 *               count; where a finalizer or a callback may bring it back to life,
 *               call PyObject_CallFinalizerFromDealloc first …
 *     more      refsan explain dealloc-discipline
 * report:
 *   refsan: dealloc-discipline: the object was given references while its deallocation runs
 *     object  ADDR  <t.Coroutine>  ...
 *     reference count set by thread T1 ...:
 *       #0 ADDR in ...kill... ...dealloc-discipline-weakly-held.cpp:@set ...
 *       #1 ADDR in coroutine_dealloc(_object*) ...
 *       #...
 *     because  ownership was given up (counts merged)
 *              its deallocation is running on this thread
 *              weak references to it exist, which other threads may follow
 *     ...
 */
#include "ext.h"

#include <cstddef>

struct coroutine {
    PyObject base;
    PyObject *weak_references;
};

namespace {

class killer {
  public:
    explicit killer(PyObject *object) : object_(object)
    {
    }
    void kill() __attribute__((noinline));

  private:
    PyObject *object_;
};

void
killer::kill()
{
#ifndef FIXED
    _Py_SetRefcnt(object_, 1); // @set
#endif
    /* … throws an exception into it, which runs Python code … */
    PyErr_CheckSignals();
#ifndef FIXED
    _Py_SetRefcnt(object_, Py_REFCNT(object_) - 1);
#endif
}

} // namespace

static void
coroutine_dealloc(PyObject *self)
{
    PyTypeObject *type = Py_TYPE(self);

    if (((coroutine *)self)->weak_references != nullptr) {
        killer(self).kill();
        PyObject_ClearWeakRefs(self);
    }
    type->tp_free(self);
    Py_DECREF(type);
}

static PyMemberDef coroutine_members[] = {
    {"__weaklistoffset__", Py_T_PYSSIZET,
     offsetof(struct coroutine, weak_references), Py_READONLY, nullptr},
    {nullptr, 0, 0, 0, nullptr},
};

static PyType_Slot coroutine_slots[] = {
    {Py_tp_dealloc, (void *)coroutine_dealloc},
    {Py_tp_members, coroutine_members},
    {0, nullptr},
};

static PyType_Spec coroutine_spec = {
    "t.Coroutine",
    sizeof(struct coroutine),
    0,
    Py_TPFLAGS_DEFAULT | Py_TPFLAGS_BASETYPE,
    coroutine_slots,
};

static int
add_type(PyObject *module)
{
    PyObject *type = PyType_FromSpec(&coroutine_spec);
    int error = PyModule_AddObjectRef(module, "Coroutine", type);

    Py_DECREF(type);
    return error;
}

static PyMethodDef ext_methods[] = {{nullptr, nullptr, 0, nullptr}};
static PyModuleDef_Slot ext_slots[] = {
    {Py_mod_exec, (void *)add_type},
    EXT_SLOT_GIL{0, nullptr},
};
static PyModuleDef ext_module = {
    PyModuleDef_HEAD_INIT, "t",     nullptr, 0, ext_methods,
    ext_slots,             nullptr, nullptr, nullptr,
};

PyMODINIT_FUNC
PyInit_t(void)
{
    return PyModuleDef_Init(&ext_module);
}
