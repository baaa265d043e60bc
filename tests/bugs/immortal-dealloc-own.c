/* SPDX-License-Identifier: MIT */
/* immortal-dealloc: an extension tears down a table that it made immortal.
 *
 * needs: >=3.15
 * run: import t; t.tear_down()
 * exit: 66
 * report:
 *   refsan: immortal-dealloc: an immortal object was deallocated
 *     object  ADDR  <list>  ...
 *     deallocated by thread T1 ...:
 *       #0 ADDR in tear_down ...immortal-dealloc-own.c:@dealloc ...
 *       ...
 *     made immortal...
 *       #0 ADDR in tear_down ...immortal-dealloc-own.c:@immortalize ...
 *     ...
 */
#include "ext.h"

static PyObject *
tear_down(PyObject *self, PyObject *unused)
{
    PyObject *table = PyList_New(0);

    if (!PyUnstable_SetImmortal(table)) // @immortalize
        abort();
#ifdef FIXED
    Py_DECREF(table);
#else
    _Py_Dealloc(table); // @dealloc
#endif
    Py_RETURN_NONE;
}

EXT_MODULE(t, EXT_NOARGS(tear_down))
