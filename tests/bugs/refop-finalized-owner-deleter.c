/* SPDX-License-Identifier: MIT */
/* refop-finalized: a table's memory belongs to an array, and its deleter gives
 * the array back. A cache of tables is emptied when the process exits: there
 * is no runtime any more to attach to, and attaching would hang.
 *
 * like: uxlfoundation/scikit-learn-intelex#3325
 * run: import t; t.make_table([1, 2])
 * exit: 66
 * crash[>=3.15]: plainly
 *   follows  refop-finalized:delete_owner, about <list> ADDR, live
 * report:
 *   refsan: refop-finalized: reference operation after the Python runtime was finalized
 *     object  ADDR  ...
 *     decref by thread ...:
 *       #0 ADDR in delete_owner ...refop-finalized-owner-deleter.c:@release ...
 *       ...
 */
#include "ext.h"

struct table {
    void (*deleter)(PyObject *);
    PyObject *owner;
};

static struct table cached;

static void
delete_owner(PyObject *array)
{
#ifdef FIXED
    if (!Py_IsInitialized())
        return; /* leaked: the process ends */
#endif
    Py_DecRef(array); // @release
}

static void
empty_cache(void)
{
    cached.deleter(cached.owner);
}

static PyObject *
make_table(PyObject *self, PyObject *array)
{
    cached = (struct table){delete_owner, Py_NewRef(array)};
    atexit(empty_cache);
    Py_RETURN_NONE;
}

EXT_MODULE(t, EXT_O(make_table))
