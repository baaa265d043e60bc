/* SPDX-License-Identifier: MIT */
/* immortalize-string: a str constant cannot be made immortal this way.
 *
 * needs: >=3.15
 * run: import t; t.make()
 * options: warnings_are_errors=1
 * exit: 66
 * story:
 *   immortalize-string-constant.c:@immortalize: warning: PyUnstable_SetImmortal does nothing for str [immortalize-string]
 *     refused to become immortal, main thread
 *       NUM | PyUnstable_SetImmortal(key); // @immortalize
 *            make < run.py:1
 *     because   it is a str; the interpreter refused: it stays mortal
 *     object    <str> ADDR, refcount 1, created by main thread...
 *     fix       intern the string instead (PyUnicode_InternFromString,
 *               PyUnicode_InternInPlace); free-threaded builds make interned strings
 *               immortal
 *     more      refsan explain immortalize-string
 * report:
 *   refsan: immortalize-string: PyUnstable_SetImmortal called on a str
 *     object  ADDR  <str>  refcount ... owner T1 'python...', live
 *     refused to become immortal by thread T1 'python...':
 *       #0 in make immortalize-string-constant.c:@immortalize
 *       #1 in <module> run.py:1 (python)
 *     because  it is a str
 *              the interpreter refused: it stays mortal
 *     created by thread T1 'python...':
 *       #...
 *     history  oldest first: thread, operation, refcount, place
 *       1.  T1   immortalize_refused 1 -> 1     in make immortalize-string-constant.c:@immortalize
 *     fix      intern the string instead (PyUnicode_InternFromString, PyUnicode_InternInPlace); free-threaded builds make interned strings immortal
 *     suppress immortalize-string:lib:t.so
 *     docs     docs/reports.md#immortalize-string
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
