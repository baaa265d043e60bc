/* SPDX-License-Identifier: MIT */
/* refop-detached: a reference is counted in line inside Py_BEGIN_ALLOW_THREADS.
 *
 * needs: instrumented
 * run: import t; t.keep([object()])
 * exit: 66
 * report:
 *   refsan: refop-detached: reference operation on a thread with no attached thread state
 *     object  ADDR  <list>  ...
 *     incref by thread ...:
 *       #0 ADDR in keep ...refop-detached-inline.c:@take ...
 *       ...
 */
#include "ext.h"

static PyObject *
keep(PyObject *self, PyObject *object)
{
#ifdef FIXED
    Py_INCREF(object);
#endif
    Py_BEGIN_ALLOW_THREADS
#ifndef FIXED
    Py_INCREF(object); // @take
#endif
    Py_END_ALLOW_THREADS
    Py_DECREF(object);
    Py_RETURN_NONE;
}

EXT_MODULE(t, EXT_O(keep))
