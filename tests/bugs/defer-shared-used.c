/* SPDX-License-Identifier: MIT */
/* defer-shared: deferred counting for an object that another thread holds.
 *
 * like: python/cpython#130421
 * needs: ft >=3.14
 * run: import t; t.make()
 * exit: 66
 * report:
 *   refsan: defer-shared: deferred reference counting was enabled on an object others could already see
 *     object  ADDR  <list>  ...owner T1 ...
 *     made deferred by thread T1 ...:
 *       #0 ADDR in make ...defer-shared-used.c:@defer ...
 *       ...
 *     first touched by a thread other than its creator: incref by thread ... 'worker' ...:
 *       #0 ADDR in take ...defer-shared-used.c:@take ...
 *     ...
 */
#include "ext.h"

static void
take(void *object)
{
    Py_IncRef(object); // @take
}

static PyObject *
make(PyObject *self, PyObject *unused)
{
    PyObject *made = PyList_New(0);

#ifdef FIXED
    PyUnstable_Object_EnableDeferredRefcount(made);
#endif
    EXT_THREAD(take, made);
#ifndef FIXED
    PyUnstable_Object_EnableDeferredRefcount(made); // @defer
#endif
    Py_DecRef(made);
    return made;
}

EXT_MODULE(t, EXT_NOARGS(make))
