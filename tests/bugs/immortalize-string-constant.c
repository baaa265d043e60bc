/* SPDX-License-Identifier: MIT */
/* immortalize-string: a str constant cannot be made immortal this way.
 *
 * needs: >=3.15
 * run: import t; t.make()
 * options: warnings_are_errors=1
 * exit: 66
 * report:
 *   refsan: immortalize-string: immortality was asked for on a str
 *     object  ADDR  <str>  ...
 *     refused to become immortal by thread T1 ...:
 *       #0 ADDR in make ...immortalize-string-constant.c:@immortalize ...
 *       ...
 */
#include "ext.h"

static PyObject *
make(PyObject *self, PyObject *unused)
{
#ifdef FIXED
    return PyUnicode_InternFromString("a key of refsan's own");
#else
    PyObject *key = PyUnicode_FromString("a key of refsan's own");

    PyUnstable_SetImmortal(key); // @immortalize
    return key;
#endif
}

EXT_MODULE(t, EXT_NOARGS(make))
