/* SPDX-License-Identifier: MIT */
/* Instances die that hold no reference to their type which their dealloc would
 * have to release: of a static type, of one whose dealloc is the interpreter's,
 * and of one whose dealloc releases it first.
 *
 * needs: >=3.14 births instrumented
 * options: leaks=1
 * trap: instances that hold no reference to their type
 * run:
 *   import t
 *   for i in range(3):
 *       t.make_and_drop()
 */
#include "ext.h"

static PyTypeObject *inherited, *first;
static int rounds, destroyed;

static void
destroy_static(PyObject *self)
{
    destroyed++;
    PyObject_Free(self);
}

static void
give_back(void *memory)
{
    PyObject_Free(memory);
}

static void
destroy_first(PyObject *self)
{
    PyTypeObject *type = Py_TYPE(self);

    destroyed++;
    Py_DECREF(type);
    PyObject_Free(self);
}

static PyTypeObject Static = {
    PyVarObject_HEAD_INIT(NULL, 0).tp_name = "t.Static",
    .tp_basicsize = sizeof(PyObject),
    .tp_flags = Py_TPFLAGS_DEFAULT,
    .tp_dealloc = destroy_static,
};

static PyType_Slot inherited_slots[] = {
    {Py_tp_free, (void *)give_back},
    {0, NULL},
};
static PyType_Spec inherited_spec = {
    .name = "t.Inherited",
    .basicsize = sizeof(PyObject),
    .flags = Py_TPFLAGS_DEFAULT,
    .slots = inherited_slots,
};

static PyType_Slot first_slots[] = {
    {Py_tp_dealloc, (void *)destroy_first},
    {0, NULL},
};
static PyType_Spec first_spec = {
    .name = "t.First",
    .basicsize = sizeof(PyObject),
    .flags = Py_TPFLAGS_DEFAULT,
    .slots = first_slots,
};

static PyObject *
make_and_drop(PyObject *self, PyObject *unused)
{
    PyTypeObject *types[] = {&Static, inherited, first};

    for (int i = 0; i < 3; i++) {
        PyObject *made = PyObject_New(PyObject, types[i]);

        Py_DECREF(made);
    }
    if (++rounds == 3)
        EXT_ENTERED("instances that hold no reference to their type",
                    destroyed == 6);
    Py_RETURN_NONE;
}

static int
make(PyObject *module)
{
    inherited = (PyTypeObject *)PyType_FromSpec(&inherited_spec);
    first = (PyTypeObject *)PyType_FromSpec(&first_spec);
    return inherited == NULL || first == NULL ? -1 : PyType_Ready(&Static);
}

EXT_MODULE_EXEC(t, make, EXT_NOARGS(make_and_drop))
