/* SPDX-License-Identifier: MIT */
/* refop-finalized: a static destructor gives a reference back after Py_Finalize.
 *
 * Destructors of a library run when the process exits; the runtime is gone by
 * then.
 *
 * like: scipy/scipy#21214
 * run: import t; t.remember([object()])
 * exit: 66
 * report:
 *   refsan: refop-finalized: reference operation after the Python runtime was finalized
 *     object  ADDR  ...
 *     decref by thread ...:
 *       #0 ADDR in forget ...refop-finalized-static-destructor.c:@release ...
 *       ...
 */
#include "ext.h"

static PyObject *remembered;

static PyObject *
remember(PyObject *self, PyObject *object)
{
    remembered = Py_NewRef(object);
    Py_RETURN_NONE;
}

__attribute__((destructor)) static void
forget(void)
{
#ifdef FIXED
    if (!Py_IsInitialized())
        return; /* leaked, on purpose */
#endif
    Py_DecRef(remembered); // @release
}

EXT_MODULE(t, EXT_O(remember))
