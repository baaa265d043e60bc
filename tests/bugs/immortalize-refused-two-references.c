/* SPDX-License-Identifier: MIT */
/* immortalize-refused: the 0 that nobody looked at.
 *
 * like: python/cpython#150956
 * needs: >=3.15
 * run: import t; t.publish([])
 * options: warnings_are_errors=1
 * exit: 66
 * story:
 *   immortalize-refused-two-references.c:@immortalize: warning: PyUnstable_SetImmortal refused, and dict stays mortal [immortalize-refused]
 *     refused to become immortal, main thread
 *       NUM | PyUnstable_SetImmortal(table); // @immortalize
 *            publish < run.py:1
 *     because   it has 2 references; the interpreter refused: it stays mortal
 *     object    <dict> ADDR, refcount 2,
 *               created by main thread at run.py:1
 *     fix       call PyUnstable_SetImmortal while yours is the only reference,
 *               before weak references and PyUnstable_EnableTryIncRef, and check
 *               that it returned 1
 *     more      refsan explain immortalize-refused
 * report:
 *   refsan: immortalize-refused: PyUnstable_SetImmortal returned 0: the object stays mortal
 *     object  ADDR  <dict>  refcount ... owner T1 'python...', live
 *     refused to become immortal by thread T1 'python...':
 *       #0 in publish immortalize-refused-two-references.c:@immortalize
 *       #1 in <module> run.py:1 (python)
 *     because  it has 2 references
 *              the interpreter refused: it stays mortal
 *     created by thread T1 'python...':
 *       #0 in <module> run.py:1 (python)
 *     history  oldest first: thread, operation, refcount, place
 *       1.  T1   immortalize_refused 2 -> 2     in publish immortalize-refused-two-references.c:@immortalize
 *     fix      call PyUnstable_SetImmortal while yours is the only reference, before weak references and PyUnstable_EnableTryIncRef, and check that it returned 1
 *     suppress immortalize-refused:lib:t.so
 *     docs     docs/reports.md#immortalize-refused
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
