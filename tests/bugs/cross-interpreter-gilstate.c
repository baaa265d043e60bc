/* SPDX-License-Identifier: MIT */
/* cross-interpreter: a native thread that a subinterpreter started attaches with
 * PyGILState_Ensure, and so to the main interpreter.
 *
 * needs: births
 * run:
 *   import _interpreters
 *   id = _interpreters.create()
 *   _interpreters.exec(id, "import t; t.use_elsewhere([1, 2])")
 *   _interpreters.destroy(id)
 * exit: 66
 * report:
 *   refsan: cross-interpreter: object counted by an interpreter that did not create it
 *     object  ADDR  <list>  ...
 *     incref by thread ... 'worker' ...:
 *       #0 ADDR in use ...cross-interpreter-gilstate.c:@use ...
 *       ...
 *     because  interpreter NUM created it, and this thread is attached to interpreter 0; they share neither GIL nor memory
 *     ...
 */
#include "ext.h"

struct work {
    PyObject *object;
    PyThreadState *tstate; /* of the object's interpreter */
};

static void
use(void *argument)
{
    struct work *work = argument;

#ifdef FIXED
    PyEval_RestoreThread(work->tstate);
#else
    PyGILState_STATE state = PyGILState_Ensure();
#endif
    Py_IncRef(work->object); // @use
#ifdef FIXED
    PyThreadState_Clear(work->tstate);
    PyThreadState_DeleteCurrent();
#else
    PyGILState_Release(state);
#endif
}

static PyObject *
use_elsewhere(PyObject *self, PyObject *object)
{
    struct work work = {
        .object = object,
        .tstate = PyThreadState_New(PyInterpreterState_Get()),
    };

    EXT_THREAD_DETACHED(use, &work);
    Py_RETURN_NONE;
}

EXT_MODULE(t, EXT_O(use_elsewhere))
