/* SPDX-License-Identifier: MIT */
/* Static types and static objects were never born and never die. Extensions of
 * 3.12 keep them mortal, with a count that starts at 1.
 *
 * trap[>=3.13]: a static type that is immortal
 * trap: a static type that is mortal
 * run:
 *   import t
 *   for _ in range(50):
 *       t.use()
 */
#include "ext.h"

static PyTypeObject Static_Type = {
    PyVarObject_HEAD_INIT(NULL, 0).tp_name = "t.Static",
    .tp_basicsize = sizeof(PyObject),
    .tp_flags = Py_TPFLAGS_DEFAULT,
    .tp_new = PyType_GenericNew,
};

static void
use_elsewhere(void *unused)
{
    Py_IncRef((PyObject *)&Static_Type);
    Py_DecRef((PyObject *)&Static_Type);
}

static PyObject *
use(PyObject *self, PyObject *unused)
{
    PyObject *made;

    if (PyType_Ready(&Static_Type) < 0)
        return NULL;
#if PY_VERSION_HEX >= 0x030d0000
    EXT_ENTERED("a static type that is immortal",
                !ext_is_counted((PyObject *)&Static_Type));
#else
    EXT_ENTERED("a static type that is mortal",
                ext_is_counted((PyObject *)&Static_Type));
#endif
    made = PyObject_CallNoArgs((PyObject *)&Static_Type);
    Py_IncRef((PyObject *)&Static_Type);
    Py_DecRef((PyObject *)&Static_Type);
    EXT_THREAD(use_elsewhere, NULL);
    Py_DecRef(made);
    Py_RETURN_NONE;
}

EXT_MODULE(t, EXT_NOARGS(use))
