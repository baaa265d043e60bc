/* SPDX-License-Identifier: MIT */
/* header-broken: a binding that carries its own copy of the interpreter's
 * internals takes from the shared half what only the local half had.
 *
 * like: wjakob/nanobind#1009
 * needs: ft
 * run: import t; t.count_by_hand()
 * exit: 66
 * report:
 *   refsan: header-broken: the object's header holds a combination that reference counting never produces
 *     object  ADDR  <list>  ...owner T1 ...
 *     decref of the shared count by thread ... 'worker' ...:
 *       #0 ADDR in release ...header-broken-copied-internals.c:@release ...
 *       #...
 *     because  its shared count is below zero (-1) and no queue holds it
 *     ...
 */
#include "ext.h"

static void
release(void *object)
{
    Py_DECREF((PyObject *)object); // @release
}

static PyObject *
count_by_hand(PyObject *self, PyObject *unused)
{
    PyObject *list = PyList_New(0);

    Py_INCREF(list);
#ifndef FIXED
    list->ob_ref_shared = -1 * (1 << _Py_REF_SHARED_SHIFT);
#endif
    EXT_THREAD(release, list);
    return list;
}

EXT_MODULE(t, EXT_NOARGS(count_by_hand))
