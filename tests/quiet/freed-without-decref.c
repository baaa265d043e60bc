/* SPDX-License-Identifier: MIT */
/* A constructor that fails frees what it allocated, without a decref: the
 * object is gone though nobody saw it die, and another is made at its address.
 *
 * trap: an address again that was freed without a decref
 * run: import t; t.fail_and_reuse()
 */
#include "ext.h"

#define TRIES 200000

static int
visit_type(PyObject *self, visitproc visit, void *arg)
{
    Py_VISIT(Py_TYPE(self));
    return 0;
}

static PyType_Slot plain_slots[] = {{0, NULL}};
static PyType_Spec plain_spec = {
    .name = "t.Plain",
    .basicsize = sizeof(PyObject) + 40,
    .flags = Py_TPFLAGS_DEFAULT,
    .slots = plain_slots,
};
static PyType_Slot tracked_slots[] = {{Py_tp_traverse, (void *)visit_type},
                                      {0, NULL}};
static PyType_Spec tracked_spec = {
    .name = "t.Tracked",
    .basicsize = sizeof(PyObject) + 40,
    .flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_GC,
    .slots = tracked_slots,
};

/* The first two: as an error path does it. */
static void
free_unseen(PyObject *object, int way)
{
    PyTypeObject *type = Py_TYPE(object);

    if (PyType_IS_GC(type))
        PyObject_GC_UnTrack(object);
    if (way != 0)
        type->tp_free(object);
    else if (PyType_IS_GC(type))
        PyObject_GC_Del(object);
    else
        PyObject_Free(object);
    Py_DECREF(type);
}

/* Makes instances until one has the address again, and counts that one. */
static void
reuse(PyTypeObject *type, uintptr_t address)
{
    static PyObject *made[TRIES];
    int count = 0;

    do {
        if (count == TRIES)
            abort();
        made[count++] = type->tp_alloc(type, 0);
    } while ((uintptr_t)made[count - 1] != address);
    EXT_ENTERED("an address again that was freed without a decref",
                (uintptr_t)made[count - 1] == address);
    Py_IncRef(made[count - 1]);
    Py_INCREF(made[count - 1]);
    Py_DecRef(made[count - 1]);
    Py_DECREF(made[count - 1]);
    while (count > 0)
        Py_DECREF(made[--count]);
}

static PyObject *
fail_and_reuse(PyObject *self, PyObject *unused)
{
    PyType_Spec *specs[] = {&plain_spec, &tracked_spec};

    for (int i = 0; i < 4; i++) {
        PyTypeObject *type = (PyTypeObject *)PyType_FromSpec(specs[i / 2]);
        PyObject *object = type->tp_alloc(type, 0);
        uintptr_t address = (uintptr_t)object;

        Py_IncRef(object); /* it is counted, and freed all the same */
        free_unseen(object, i % 2);
        reuse(type, address);
        Py_DECREF(type);
    }
    Py_RETURN_NONE;
}

EXT_MODULE(t, EXT_NOARGS(fail_and_reuse))
