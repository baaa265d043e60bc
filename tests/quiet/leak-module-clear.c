/* SPDX-License-Identifier: MIT */
/* A module whose m_clear releases what its state holds, late in finalization.
 *
 * needs: >=3.14
 * trap: an m_clear that releases at the end
 * options: leaks=1
 * run:
 *   import t
 *   for i in range(100):
 *       t.remember(1000 + i)
 */
#include "ext.h"

struct state {
    PyObject *list;
};

static PyObject *
remember(PyObject *self, PyObject *object)
{
    struct state *state = PyModule_GetState(self);
    PyObject *words = PyObject_Repr(object);

    if (state->list == NULL)
        state->list = PyList_New(0);
    PyList_Append(state->list, words);
    Py_DECREF(words);
    Py_RETURN_NONE;
}

static int
clear(PyObject *module)
{
    struct state *state = PyModule_GetState(module);

    if (state->list != NULL)
        EXT_ENTERED("an m_clear that releases at the end",
                    PyList_Size(state->list) == 100);
    Py_CLEAR(state->list);
    return 0;
}

static int
traverse(PyObject *module, visitproc visit, void *arg)
{
    Py_VISIT(((struct state *)PyModule_GetState(module))->list);
    return 0;
}

static void
free_module(void *module)
{
    (void)clear(module);
}

EXT_MODULE(t, EXT_O(remember))

__attribute__((constructor)) static void
give_state(void)
{
    ext_module.m_size = sizeof(struct state);
    ext_module.m_traverse = traverse;
    ext_module.m_clear = clear;
    ext_module.m_free = free_module;
}
