/* SPDX-License-Identifier: MIT */
/* immortal-dealloc: an error path deallocates what may be an immortal object.
 *
 * needs: gil
 * run: import t; t.discard(None)
 * exit: 66
 * report:
 *   refsan: immortal-dealloc: an immortal object was deallocated
 *     object  ADDR  <NoneType>  ...
 *     deallocated by thread T1 ...:
 *       #0 ADDR in discard ...immortal-dealloc-singleton.c:@dealloc ...
 *       ...
 */
#include "ext.h"

static PyObject *
discard(PyObject *self, PyObject *object)
{
#ifdef FIXED
    Py_INCREF(object);
    Py_DECREF(object);
#else
    _Py_Dealloc(object); // @dealloc
#endif
    return PyLong_FromLong(1);
}

EXT_MODULE(t, EXT_O(discard))
