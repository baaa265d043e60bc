/* SPDX-License-Identifier: MIT */
/* immortal-overflow: a loop takes references and gives none back, until the
 * counter has no room for another.
 *
 * The loop is shortened: the count is set to what it has two rounds before.
 *
 * needs: >=3.14 births
 * run: import t; t.take()
 * exit: 66
 * report:
 *   refsan: immortal-overflow: so many references were taken that the object became immortal
 *     object  ADDR  <list>  ...
 *     incref by thread T1 ...:
 *       #0 ADDR in take ...immortal-overflow-leak.c:@take ...
 *       ...
 *     ...
 */
#include "ext.h"

#ifdef Py_GIL_DISABLED
#define ROOM UINT32_MAX
#else
#define ROOM 0x80000000
#endif

static PyObject *
take(PyObject *self, PyObject *unused)
{
    PyObject *list = PyList_New(0);

    Py_SET_REFCNT(list, (Py_ssize_t)ROOM - 3);
    for (int i = 0; i < 4; i++) {
        Py_IncRef(list); // @take
#ifdef FIXED
        Py_DECREF(list);
#endif
    }
    return list;
}

EXT_MODULE(t, EXT_NOARGS(take))
