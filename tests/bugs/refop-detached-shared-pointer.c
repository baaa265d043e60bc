/* SPDX-License-Identifier: MIT */
/* refop-detached: a counted native pointer has a deleter that owns a Python
 * object. The last copy is dropped by a thread that never heard of Python.
 *
 * like: boostorg/python#11
 * run: import t; t.share(["x"])
 * exit: 66
 * crash[ft, >=3.15]: plainly
 *   follows  refop-detached:shared_drop, about <list> ADDR, live
 * report:
 *   refsan: refop-detached: reference operation on a thread with no attached thread state
 *     object  ADDR  <list>  ...
 *     decref by thread ... 'worker' ...:
 *       #0 ADDR in shared_drop ...refop-detached-shared-pointer.c:@release ...
 *       ...
 *     ...
 */
#include "ext.h"

struct shared {
    int copies;
    PyObject *owner;
};

static void
shared_drop(void *context)
{
    struct shared *shared = (struct shared *)context;

    if (--shared->copies > 0)
        return;
#ifdef FIXED
    PyGILState_STATE state = PyGILState_Ensure();
#endif
    Py_DecRef(shared->owner); // @release
#ifdef FIXED
    PyGILState_Release(state);
#endif
    free(shared);
}

static PyObject *
share(PyObject *self, PyObject *owner)
{
    struct shared *shared = (struct shared *)malloc(sizeof(*shared));

    *shared = (struct shared){.copies = 2, .owner = Py_NewRef(owner)};
    shared_drop(shared);
    EXT_THREAD_DETACHED(shared_drop, shared);
    Py_RETURN_NONE;
}

EXT_MODULE(t, EXT_O(share))
