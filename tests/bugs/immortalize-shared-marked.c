/* SPDX-License-Identifier: MIT */
/* immortalize-shared: a binding with its own copy of _Py_SetImmortal writes
 * the mark into an object that another thread has used. Nobody sees it
 * written; the object's next operation shows it.
 *
 * like: wjakob/nanobind#695
 * needs: ft births
 * run: import t; t.bind()
 * exit: 66
 * report:
 *   refsan: immortalize-shared: object made immortal while others could see it
 *     object  ADDR  <list>  ...
 *     incref by thread T1 ...:
 *       #0 ADDR in bind ...immortalize-shared-marked.c:@notice ...
 *       ...
 *     because  another thread has operated on it
 *              its header was marked immortal directly, without a function that checks
 *     ... 'worker' ...:
 *       #0 ADDR in use ...
 *       ...
 */
#include "ext.h"

static void
use(void *object)
{
    Py_IncRef((PyObject *)object);
    Py_DecRef((PyObject *)object);
}

static void
make_immortal(PyObject *object)
{
    object->ob_tid = 0;
    object->ob_ref_local = UINT32_MAX;
    object->ob_ref_shared = 0;
}

static PyObject *
bind(PyObject *self, PyObject *unused)
{
    PyObject *object = PyList_New(0);

#ifdef FIXED
    make_immortal(object);
#endif
    EXT_THREAD(use, object);
#ifndef FIXED
    make_immortal(object);
#endif
    Py_IncRef(object); // @notice
    return object;
}

EXT_MODULE(t, EXT_NOARGS(bind))
