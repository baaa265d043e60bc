/* SPDX-License-Identifier: MIT */
/* tryincref-not-enabled: a native object's slot with its wrapper is published
 * first and enabled afterwards; a look-up that comes in between is told that
 * the wrapper is dead.
 *
 * like: pytorch/pytorch#179764
 * needs: >=3.14 births
 * run: import t; t.preserve()
 * exit: 66
 * report:
 *   refsan: tryincref-not-enabled: PyUnstable_TryIncRef on an object that was never enabled for it
 *     object  ADDR  <list>  ... T1 ...
 *     TryIncRef by thread ... 'worker' ...:
 *       #0 ADDR in look_up ...tryincref-not-enabled-slot.c:@try ...
 *       ...
 *     ...
 */
#include "ext.h"

static struct {
    PyObject *wrapper; /* not owned */
} slot;

static void
look_up(void *unused)
{
    if (PyUnstable_TryIncRef(slot.wrapper)) // @try
        Py_DECREF(slot.wrapper);
}

static PyObject *
preserve(PyObject *self, PyObject *unused)
{
    PyObject *wrapper = PyList_New(0);

#ifdef FIXED
    PyUnstable_EnableTryIncRef(wrapper);
#endif
    slot.wrapper = wrapper;
    EXT_THREAD(look_up, NULL);
#ifndef FIXED
    PyUnstable_EnableTryIncRef(wrapper);
#endif
    return wrapper;
}

EXT_MODULE(t, EXT_NOARGS(preserve))
