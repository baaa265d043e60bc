/* SPDX-License-Identifier: MIT */
/* refop-finalized: a thread-local stack of entered contexts is destroyed with
 * the main thread, after the runtime is gone.
 *
 * like: llvm/llvm-project#203826
 * run: import t; t.enter([1])
 * exit: 66
 * crash[>=3.15]: plainly
 *   follows  refop-finalized:leave_all, about <list> ADDR, live
 * report:
 *   refsan: refop-finalized: reference operation after the Python runtime was finalized
 *     object  ADDR  ...
 *     decref by thread T1 ...:
 *       #0 ADDR in leave_all ...refop-finalized-thread-local.c:@release ...
 *       ...
 *     ...
 */
#include "ext.h"

extern int __cxa_thread_atexit_impl(void (*destroy)(void *), void *object,
                                    void *library);

static _Thread_local PyObject *entered;

static void
leave_all(void *unused)
{
    if (entered != NULL)
        Py_DecRef(entered); // @release
}

static PyObject *
leave(PyObject *self, PyObject *unused)
{
    Py_CLEAR(entered);
    Py_RETURN_NONE;
}

static PyMethodDef leave_method = {"leave", leave, METH_NOARGS, NULL};

static PyObject *
enter(PyObject *self, PyObject *context)
{
    entered = Py_NewRef(context);
    __cxa_thread_atexit_impl(leave_all, NULL, &entered);
#ifdef FIXED
    PyObject *atexit = PyImport_ImportModule("atexit");
    PyObject *at_end = PyCFunction_New(&leave_method, NULL);

    Py_XDECREF(PyObject_CallMethod(atexit, "register", "N", at_end));
    Py_DECREF(atexit);
#else
    (void)leave_method;
#endif
    Py_RETURN_NONE;
}

EXT_MODULE(t, EXT_O(enter))
