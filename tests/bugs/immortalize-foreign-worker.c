/* SPDX-License-Identifier: MIT */
/* immortalize-foreign: a helper thread makes the main thread's object immortal.
 *
 * like: python/cpython#113956
 * needs: >=3.15 births
 * run: import t; t.prepare()
 * exit: 66
 * report:
 *   refsan: immortalize-foreign: object made immortal by a thread that does not own it
 *     object  ADDR  <list>  ... T1 ...
 *     ... by thread ... 'worker' ...:
 *       #0 ADDR in immortalize ...immortalize-foreign-worker.c:@immortalize ...
 *       ...
 *     ...
 *     created by thread T1 ...:
 *     ...
 */
#include "ext.h"

static void
immortalize(void *object)
{
    PyUnstable_SetImmortal(object); // @immortalize
}

static PyObject *
prepare(PyObject *self, PyObject *unused)
{
    PyObject *table = PyList_New(0);

#ifdef FIXED
    immortalize(table);
#else
    EXT_THREAD(immortalize, table);
#endif
    return table;
}

EXT_MODULE(t, EXT_NOARGS(prepare))
