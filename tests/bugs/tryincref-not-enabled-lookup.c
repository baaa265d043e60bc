/* SPDX-License-Identifier: MIT */
/* tryincref-not-enabled: a look-up finds a live object and is told it is dead.
 *
 * On free-threaded builds the answer to another thread is 0 although the object
 * lives; on default builds it happens to be right.
 *
 * like: python/cpython#152020
 * needs: >=3.14 births
 * run: import t; t.register_and_look_up()
 * exit: 66
 * report:
 *   refsan: tryincref-not-enabled: PyUnstable_TryIncRef on an object that was never enabled for it
 *     object  ADDR  <list>  ... T1 ...
 *     TryIncRef by thread ... 'worker' ...:
 *       #0 ADDR in look_up ...tryincref-not-enabled-lookup.c:@try ...
 *       ...
 *     ...
 */
#include "ext.h"

static PyObject *registered;

static void
look_up(void *unused)
{
    if (PyUnstable_TryIncRef(registered)) // @try
        Py_DECREF(registered);
}

static PyObject *
register_and_look_up(PyObject *self, PyObject *unused)
{
    registered = PyList_New(0);
#ifdef FIXED
    PyUnstable_EnableTryIncRef(registered);
#endif
    EXT_THREAD(look_up, NULL);
    return registered;
}

EXT_MODULE(t, EXT_NOARGS(register_and_look_up))
