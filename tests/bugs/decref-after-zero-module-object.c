/* SPDX-License-Identifier: MIT */
/* decref-after-zero: releases an object after PyModule_AddObject took it.
 *
 * PyModule_AddObject steals the reference when it succeeds, and only then. The
 * code releases it in either case, as after PyModule_AddObjectRef.
 *
 * like: python/cpython#15701, python/cpython#15725
 * needs: births
 * run: import t; t.add(t); del t.item; t.release()
 * exit: 66
 * crash[gil, >=3.15]: lists
 *   follows  decref-after-zero:release, about <list> ADDR, dead
 * report:
 *   refsan: decref-after-zero: decref of an object whose reference count had already reached zero
 *     object  ADDR  ...
 *     decref by thread T1 ...:
 *       #0 ADDR in release ...decref-after-zero-module-object.c:@release ...
 *       ...
 *     given to a container by thread T1 ...:
 *       #0 ADDR in add ...decref-after-zero-module-object.c:@steal ...
 *     ...
 */
#include "ext.h"

static PyObject *item;

static PyObject *
add(PyObject *self, PyObject *module)
{
    item = PyList_New(0);
    if (PyModule_AddObject(module, "item", item) < 0) { // @steal
        Py_DecRef(item);
        return NULL;
    }
    Py_RETURN_NONE;
}

static PyObject *
release(PyObject *self, PyObject *unused)
{
#ifndef FIXED
    Py_DecRef(item); // @release
#endif
    Py_RETURN_NONE;
}

EXT_MODULE(t, EXT_O(add) EXT_NOARGS(release))
