/* SPDX-License-Identifier: MIT */
/* refop-detached: a handle that holds its own object alive is copied by native
 * code while the GIL is released.
 *
 * like: pybind/pybind11#4196
 * run: import t; t.copy_handle([1])
 * exit: 66
 * report:
 *   refsan: refop-detached: reference operation on a thread with no attached thread state
 *     object  ADDR  <list>  ...
 *     incref by thread T1 ...:
 *       #0 ADDR in handle_copy ...refop-detached-copied-handle.c:@take ...
 *       ...
 *     ...
 */
#include "ext.h"

struct handle {
    PyObject *self;
};

static __attribute__((noinline)) struct handle
handle_copy(struct handle from)
{
#ifdef FIXED
    PyGILState_STATE state = PyGILState_Ensure();
#endif
    Py_IncRef(from.self); // @take
#ifdef FIXED
    PyGILState_Release(state);
#endif
    return from;
}

static PyObject *
copy_handle(PyObject *self, PyObject *object)
{
    struct handle copy;

    Py_BEGIN_ALLOW_THREADS
    copy = handle_copy((struct handle){object});
    Py_END_ALLOW_THREADS
    return copy.self;
}

EXT_MODULE(t, EXT_O(copy_handle))
