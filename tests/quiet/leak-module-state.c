/* SPDX-License-Identifier: MIT */
/* What a module's state holds is not leaked, though the module has no m_clear
 * and no m_free that would release it; nor what memory behind the state holds.
 *
 * needs: >=3.14
 * trap: state that holds objects when the runtime has ended
 * options: leaks=1
 * run:
 *   import t
 *   for i in range(100):
 *       t.remember(1000 + i)
 */
#include "ext.h"

struct state {
    PyObject *error;
    PyObject *last;
    PyObject **all;
    int all_used;
};

static int held; /* what the state holds; nothing releases it */

__attribute__((destructor)) static void
say(void)
{
    EXT_ENTERED("state that holds objects when the runtime has ended",
                held == 100 && !Py_IsInitialized());
}

static PyObject *
remember(PyObject *self, PyObject *object)
{
    struct state *state = PyModule_GetState(self);

    if (state->error == NULL) {
        state->error = PyTuple_Pack(1, object);
        state->all = PyMem_Calloc(1000, sizeof(*state->all));
    }
    Py_XSETREF(state->last, PyObject_Repr(object));
    state->all[state->all_used++] = PyObject_Str(object);
    held = state->all_used;
    Py_RETURN_NONE;
}

EXT_MODULE(t, EXT_O(remember))

__attribute__((constructor)) static void
give_state(void)
{
    ext_module.m_size = sizeof(struct state);
}
