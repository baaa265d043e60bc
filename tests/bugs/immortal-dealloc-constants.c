/* SPDX-License-Identifier: MIT */
/* immortal-dealloc: all constants of a compiled function are made immortal,
 * whatever their type, and destroyed by force at the end. One of them has a
 * destructor, and others that never counted it.
 *
 * like: python/cpython#130851
 * needs: >=3.14 births
 * run: import t; t.compile(); t.forget()
 * exit: 66
 * story:
 *   immortal-dealloc-constants.c:@dealloc: error: immortal t.Constant deallocated [immortal-dealloc]
 *     deallocated, main thread
 *       NUM | _Py_Dealloc(constant); // @dealloc
 *            forget < run.py:1
 *     made immortal
 *       NUM | _Py_SetImmortal(constant); // @immortalize
 *            compile < run.py:1
 *     object    <t.Constant> ADDR, immortal,
 *               created by main thread at run.py:1
 *     fix       never call _Py_Dealloc or tp_dealloc on an object that may be
 *               immortal: test PyUnstable_IsImmortal, or let Py_DECREF decide
 *     more      refsan explain immortal-dealloc
 * report:
 *   refsan: immortal-dealloc: an immortal object was deallocated
 *     object  ADDR  <t.Constant>  refcount immortal, ... T1 'python...', immortal
 *     deallocated by thread T1 'python...':
 *       #0 in forget immortal-dealloc-constants.c:@dealloc
 *       #1 in <module> run.py:1 (python)
 *     skipped  refsan skipped the operation so that the process can continue
 *     made immortal:
 *       #0 in compile immortal-dealloc-constants.c:@immortalize
 *       #1 in <module> run.py:1 (python)
 *     created by thread T1 'python...':
 *       #0 in <module> run.py:1 (python)
 *     history  oldest first: thread, operation, refcount, place
 *       1.  T1   immortalize_forced  1 -> 1     in compile immortal-dealloc-constants.c:@immortalize
 *       2.  T1   dealloc             skipped    in forget immortal-dealloc-constants.c:@dealloc
 *     fix      never call _Py_Dealloc or tp_dealloc on an object that may be immortal: test PyUnstable_IsImmortal, or let Py_DECREF decide
 *     suppress immortal-dealloc:forget
 *     docs     docs/reports.md#immortal-dealloc
 */
#include "ext.h"

PyAPI_FUNC(void) _Py_SetImmortal(PyObject *);

static PyObject *constant;

static void
constant_dealloc(PyObject *self)
{
    PyTypeObject *type = Py_TYPE(self);

    PyObject_Free(self);
    Py_DECREF(type);
}

EXT_TYPE(constant_spec, "t.Constant", constant_dealloc);

static PyObject *
compile(PyObject *self, PyObject *unused)
{
    PyObject *type = PyType_FromSpec(&constant_spec);

    constant = PyObject_CallNoArgs(type);
    Py_DECREF(type);
#ifndef FIXED
    _Py_SetImmortal(constant); // @immortalize
#endif
    Py_RETURN_NONE;
}

static PyObject *
forget(PyObject *self, PyObject *unused)
{
#ifdef FIXED
    Py_CLEAR(constant);
#else
    _Py_Dealloc(constant); // @dealloc
#endif
    Py_RETURN_NONE;
}

EXT_MODULE(t, EXT_NOARGS(compile) EXT_NOARGS(forget))
