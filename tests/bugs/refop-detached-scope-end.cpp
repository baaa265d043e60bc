/* SPDX-License-Identifier: MIT */
/* refop-detached: a scope releases the GIL first and then makes an object; at
 * its end the object goes before the GIL comes back.
 *
 * like: pytorch/pytorch#91251
 * run: import t; t.answer([1])
 * exit: 66
 * report:
 *   refsan: refop-detached: reference operation on a thread with no attached thread state
 *     object  ADDR  <list>  ...
 *     decref by thread T1 ...:
 *       #0 ADDR in ...refop-detached-scope-end.cpp:@release ...
 *       ...
 */
#include "ext.h"

struct object {
    PyObject *pointer;

    ~object()
    {
        Py_DecRef(pointer); // @release
    }
};

struct gil_release {
    PyThreadState *state = PyEval_SaveThread();

    ~gil_release()
    {
        PyEval_RestoreThread(state);
    }
};

static PyObject *
answer(PyObject *self, PyObject *result)
{
    PyObject *mine = Py_NewRef(result);

    {
#ifdef FIXED
        object reply = {mine};
        gil_release release;
#else
        gil_release release;
        object reply = {mine};
#endif
    }
    Py_RETURN_NONE;
}

EXT_MODULE(t, EXT_O(answer))
