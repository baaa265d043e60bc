/* SPDX-License-Identifier: MIT */
/* defer-refused: deferred counting for an object that no collector sees.
 *
 * needs: ft >=3.14
 * run: import t; t.make()
 * options: warnings_are_errors=1
 * exit: 66
 * report:
 *   refsan: defer-refused: deferred reference counting was refused
 *     object  ADDR  <float>  ...
 *     refused deferred counting by thread T1 ...:
 *       #0 ADDR in make ...defer-refused-not-gc.c:@defer ...
 *       ...
 *     ...
 */
#include "ext.h"

static PyObject *
make(PyObject *self, PyObject *unused)
{
#ifdef FIXED
    PyObject *made = PyList_New(0);
#else
    PyObject *made = PyFloat_FromDouble(0.125);
#endif
    PyUnstable_Object_EnableDeferredRefcount(made); // @defer
    return made;
}

EXT_MODULE(t, EXT_NOARGS(make))
