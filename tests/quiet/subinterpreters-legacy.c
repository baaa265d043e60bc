/* SPDX-License-Identifier: MIT */
/* Interpreters that share the main one's GIL take turns, and the objects of
 * single-phase modules are shared by all of them, by design.
 *
 * needs: >=3.13
 * trap[gil]: a dictionary that another interpreter made
 * trap: a module that another interpreter refuses
 * run:
 *   import t
 *   import _interpreters
 *   t.use([0])
 *   for _ in range(3):
 *       id = _interpreters.create("legacy")
 *       failed = _interpreters.exec(id, "import t; t.use([1]); t.use(None)")
 *       _interpreters.destroy(id)
 *   t.use(None)
 *   if not t.is_shared():
 *       t.entered("a module that another interpreter refuses",
 *                 failed.type.__name__ == "ImportError")
 */
#include "ext.h"

static PyObject *shared;
static PyInterpreterState *maker;

/* Keeps what it is given in a dictionary that all have. */
static PyObject *
use(PyObject *self, PyObject *object)
{
    if (shared == NULL) {
        shared = PyDict_New();
        maker = PyInterpreterState_Get();
    }
    if (maker != PyInterpreterState_Get())
        EXT_ENTERED("a dictionary that another interpreter made",
                    maker == PyInterpreterState_Main());
    Py_INCREF(shared);
    Py_IncRef(shared);
    if (PyDict_SetItemString(shared, "kept", object) < 0)
        return NULL;
    Py_DecRef(shared);
    Py_DECREF(shared);
    Py_RETURN_NONE;
}

/* Free-threaded builds let no such module into a second interpreter. */
static PyObject *
is_shared(PyObject *self, PyObject *unused)
{
#ifdef Py_GIL_DISABLED
    Py_RETURN_FALSE;
#else
    Py_RETURN_TRUE;
#endif
}

static PyMethodDef methods[] = {EXT_O(use) EXT_NOARGS(is_shared)
                                    EXT_TRAPS{NULL, NULL, 0, NULL}};
static PyModuleDef module = {
    .m_base = PyModuleDef_HEAD_INIT,
    .m_name = "t",
    .m_size = -1,
    .m_methods = methods,
};

/* EXT_MODULE(t, …), but for one phase. */
PyMODINIT_FUNC PyInit_t(void);
PyMODINIT_FUNC
PyInit_t(void)
{
    PyObject *made = PyModule_Create(&module);

#ifdef Py_GIL_DISABLED
    PyUnstable_Module_SetGIL(made, Py_MOD_GIL_NOT_USED);
#endif
    return made;
}
