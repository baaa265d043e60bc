/* SPDX-License-Identifier: MIT */
/* decref-after-zero: a table drops its old value before the new one is in its
 * place. Something in the value has a destructor that stores into the same
 * entry, finds the old value still there, and drops it, too.
 *
 * like: aio-libs/multidict#1491
 * needs: births
 * run:
 *   import t
 *   class Item:
 *       def __del__(self):
 *           t.store(None)
 *   t.store([Item()])
 *   t.store(None)
 * exit: 66
 * report:
 *   refsan: decref-after-zero: decref of an object whose reference count had already reached zero
 *     object  ADDR  <list>  ...
 *     decref by thread T1 ...:
 *       #0 ADDR in store ...decref-after-zero-reentrant.c:@release ...
 *       ...
 *     ...
 */
#include "ext.h"

static PyObject *entry;

static PyObject *
store(PyObject *self, PyObject *value)
{
    PyObject *old = entry;

#ifdef FIXED
    entry = Py_NewRef(value);
    Py_XDECREF(old);
#else
    if (old != NULL)
        Py_DecRef(old); // @release
    entry = Py_NewRef(value);
#endif
    Py_RETURN_NONE;
}

EXT_MODULE(t, EXT_O(store))
