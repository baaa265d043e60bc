/* SPDX-License-Identifier: MIT */
/* immortalize-shared: a module's table of constants is made immortal by
 * setting counts, also those constants that other threads hold.
 *
 * like: cython/cython#7439
 * needs: ft births
 * run: import t; t.init()
 * exit: 66
 * report:
 *   refsan: immortalize-shared: object made immortal while others could see it
 *     object  ADDR  <list>  ...
 *     reference count set by thread T1 ...:
 *       #0 ADDR in init ...immortalize-shared-constants.c:@set ...
 *       #...
 *     because  its shared reference count is in use (1)
 *              it has 2 references
 *              its header was marked immortal directly, without a function that checks
 *     ...
 */
#include "ext.h"

static void
hold(void *constant)
{
    Py_INCREF((PyObject *)constant);
}

static PyObject *
init(PyObject *self, PyObject *unused)
{
    PyObject *constant = PyList_New(0);

    EXT_THREAD(hold, constant);
#ifdef FIXED
    if (constant->ob_ref_local == 1 && constant->ob_ref_shared == 0)
#endif
        _Py_SetRefcnt(constant, PY_SSIZE_T_MAX); // @set
    return constant;
}

EXT_MODULE(t, EXT_NOARGS(init))
