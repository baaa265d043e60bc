/* SPDX-License-Identifier: MIT */
/* immortalize-refused: the 0 that nobody looked at.
 *
 * like: python/cpython#150956
 * needs: >=3.15
 * run: import t; t.publish([])
 * options: warnings_are_errors=1
 * exit: 66
 * report:
 *   refsan: immortalize-refused: PyUnstable_SetImmortal returned 0: the object stays mortal
 *     object  ADDR  <dict>  ...
 *     refused to become immortal by thread T1 ...:
 *       #0 ADDR in publish ...immortalize-refused-two-references.c:@immortalize ...
 *       ...
 *     ...2 references...
 *     ...
 */
#include "ext.h"

static PyObject *
publish(PyObject *self, PyObject *registry)
{
    PyObject *table = PyDict_New();

#ifdef FIXED
    PyUnstable_SetImmortal(table);
#endif
    PyList_Append(registry, table);
#ifndef FIXED
    PyUnstable_SetImmortal(table); // @immortalize
#endif
    return table;
}

EXT_MODULE(t, EXT_O(publish))
