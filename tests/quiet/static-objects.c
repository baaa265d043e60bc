/* SPDX-License-Identifier: MIT */
/* Objects in the data of an extension: an instance and a module definition.
 * They were never born, and their first count was written by the compiler;
 * from 3.14 on it is one that a counter below zero would have, too.
 *
 * trap[gil,>=3.14]: an instance whose count looks negative
 * trap: an instance whose count the compiler wrote
 * run: import t; t.use()
 */
#include "ext.h"

static PyTypeObject Static_Type = {
    PyVarObject_HEAD_INIT(NULL, 0).tp_name = "t.Static",
    .tp_basicsize = sizeof(PyObject),
    .tp_flags = Py_TPFLAGS_DEFAULT,
};
static struct {
    PyObject_HEAD
} instance = {PyObject_HEAD_INIT(&Static_Type)};
static PyModuleDef definition = {PyModuleDef_HEAD_INIT, .m_name = "t.other"};

static void
count(void *object)
{
    for (int i = 0; i < 10; i++) {
        Py_IncRef((PyObject *)object);
        Py_INCREF((PyObject *)object);
        Py_DECREF((PyObject *)object);
        Py_DecRef((PyObject *)object);
    }
}

static PyObject *
use(PyObject *self, PyObject *unused)
{
    if (PyType_Ready(&Static_Type) < 0)
        return NULL;
    for (int i = 0; i < 3; i++) {
        PyObject *list = PyList_New(1);

        if (PyModuleDef_Init(&definition) == NULL) /* sets its count to 1 */
            return NULL;
        count(&definition);
        EXT_THREAD(count, &definition);
#if PY_VERSION_HEX >= 0x030e0000 && !defined(Py_GIL_DISABLED)
        EXT_ENTERED("an instance whose count looks negative",
                    (int32_t)ext_refcount((PyObject *)&instance) < 0);
#else
        EXT_ENTERED("an instance whose count the compiler wrote",
                    ext_is_counted((PyObject *)&instance) ==
                        (PY_VERSION_HEX < 0x030d0000));
#endif
        count(&instance);
        EXT_THREAD(count, &instance);
        PyList_SetItem(list, 0, Py_NewRef((PyObject *)&instance));
        Py_DECREF(list);
    }
    Py_RETURN_NONE;
}

EXT_MODULE(t, EXT_NOARGS(use))
