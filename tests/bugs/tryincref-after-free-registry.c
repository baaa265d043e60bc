/* SPDX-License-Identifier: MIT */
/* tryincref-after-free: a registry keeps the pointer after the object is gone.
 *
 * needs: >=3.14 births
 * run: import t; t.look_up_late()
 * exit: 66
 * report:
 *   refsan: tryincref-after-free: PyUnstable_TryIncRef on memory that is no longer the object
 *     object  ADDR  ...
 *     TryIncRef by thread T1 ...:
 *       #0 ADDR in look_up_late ...tryincref-after-free-registry.c:@try ...
 *       ...
 *     its count had reached zero in: decref by thread T1 ...:
 *       #0 ADDR in look_up_late ...tryincref-after-free-registry.c:@release ...
 *     ...
 */
#include "ext.h"

static PyObject *
look_up_late(PyObject *self, PyObject *unused)
{
    PyObject *registered = PyList_New(0);
    long is_alive;

    PyUnstable_EnableTryIncRef(registered);
#ifdef FIXED
    is_alive = PyUnstable_TryIncRef(registered);
    Py_DecRef(registered);
    Py_DecRef(registered);
#else
    Py_DecRef(registered);                       // @release
    is_alive = PyUnstable_TryIncRef(registered); // @try
#endif
    return PyLong_FromLong(is_alive);
}

EXT_MODULE(t, EXT_NOARGS(look_up_late))
