/* SPDX-License-Identifier: MIT */
/* immortalize-foreign: the internal function, by a thread that does not own the
 * object. Its three stores race with the owner's counting.
 *
 * like: python/cpython#113956
 * needs: >=3.14 births
 * run: import t; t.prepare()
 * exit: 66
 * report:
 *   refsan: immortalize-foreign: object made immortal by a thread that does not own it
 *     object  ADDR  <list>  ... T1 ...
 *     made immortal unconditionally by thread ... 'worker' ...:
 *       #0 ADDR in immortalize ...immortalize-foreign-forced.c:@immortalize ...
 *       #...
 *     because  it is owned by T1 'python...', not by this thread
 *              the interpreter allowed it
 *     ...
 */
#include "ext.h"

PyAPI_FUNC(void) _Py_SetImmortal(PyObject *);

static void
immortalize(void *object)
{
    _Py_SetImmortal(object); // @immortalize
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
