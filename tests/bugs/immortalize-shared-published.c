/* SPDX-License-Identifier: MIT */
/* immortalize-shared: made immortal after another thread has used it.
 *
 * Nothing is wrong with the header at that moment, so the interpreter agrees;
 * a thread in the middle of an incref would take the mark away again.
 *
 * like: python/cpython#113956
 * needs: >=3.15 births
 * run: import t; t.publish()
 * exit: 66
 * report:
 *   refsan: immortalize-shared: object made immortal while others could see it
 *     object  ADDR  <list>  ...
 *     made immortal by thread T1 ...:
 *       #0 ADDR in publish ...immortalize-shared-published.c:@immortalize ...
 *     ...
 *     first touched by a thread other than its creator: incref by thread ... 'worker' ...:
 *       #0 ADDR in use ...immortalize-shared-published.c:@use ...
 *     ...
 */
#include "ext.h"

static void
use(void *object)
{
    Py_IncRef(object); // @use
    Py_DecRef(object);
}

static PyObject *
publish(PyObject *self, PyObject *unused)
{
    PyObject *table = PyList_New(0);

#ifdef FIXED
    PyUnstable_SetImmortal(table);
#endif
    EXT_THREAD(use, table);
#ifndef FIXED
    PyUnstable_SetImmortal(table); // @immortalize
#endif
    return table;
}

EXT_MODULE(t, EXT_NOARGS(publish))
