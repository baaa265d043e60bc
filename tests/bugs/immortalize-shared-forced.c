/* SPDX-License-Identifier: MIT */
/* immortalize-shared: the internal function, which checks nothing, on an object
 * that a container holds already.
 *
 * needs: >=3.14
 * run: import t; t.publish([])
 * exit: 66
 * report:
 *   refsan: immortalize-shared: object made immortal while others could see it
 *     object  ADDR  <list>  ...
 *     made immortal unconditionally by thread T1 ...:
 *       #0 ADDR in publish ...immortalize-shared-forced.c:@immortalize ...
 *       #...
 *     because  it has 2 references
 *              the interpreter allowed it
 *     ...
 */
#include "ext.h"

PyAPI_FUNC(void) _Py_SetImmortal(PyObject *);

static PyObject *
publish(PyObject *self, PyObject *registry)
{
    PyObject *table = PyList_New(0);

#ifdef FIXED
    _Py_SetImmortal(table);
#endif
    PyList_Append(registry, table);
#ifndef FIXED
    _Py_SetImmortal(table); // @immortalize
#endif
    return table;
}

EXT_MODULE(t, EXT_O(publish))
