/* SPDX-License-Identifier: MIT */
/* refop-detached: a handle's inc_ref and dec_ref are called where the GIL was
 * released. A binding that checks this itself checks its own handles only, and
 * only in debug builds.
 *
 * like: pybind/pybind11#4246
 * run: import t; t.assign([1], [2])
 * exit: 66
 * report:
 *   refsan: refop-detached: reference operation on a thread with no attached thread state
 *     object  ADDR  <list>  ...
 *     incref by thread T1 ...:
 *       #0 ADDR in ...refop-detached-handle.cpp:@take ...
 *       ...
 *
 *   refsan: refop-detached: reference operation on a thread with no attached thread state
 *     object  ADDR  <list>  ...
 *     decref by thread T1 ...:
 *       #0 ADDR in ...refop-detached-handle.cpp:@release ...
 *       ...
 */
#include "ext.h"

struct handle {
    PyObject *object;

    handle &
    operator=(const handle &other)
    {
        Py_IncRef(other.object); // @take
        Py_DecRef(object);       // @release
        object = other.object;
        return *this;
    }
};

static PyObject *
assign(PyObject *self, PyObject *arguments)
{
    handle left = {Py_NewRef(PyTuple_GET_ITEM(arguments, 0))};
    handle right = {PyTuple_GET_ITEM(arguments, 1)};

#ifdef FIXED
    left = right;
#else
    Py_BEGIN_ALLOW_THREADS
    left = right;
    Py_END_ALLOW_THREADS
#endif
    return left.object;
}

EXT_MODULE(t, EXT_VARARGS(assign))
