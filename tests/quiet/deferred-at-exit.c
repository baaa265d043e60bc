/* SPDX-License-Identifier: MIT */
/* Objects with deferred counts that are still there when the interpreter ends.
 * 3.14 never frees them; nobody forgot a reference to them.
 *
 * needs: >=3.14
 * options: leaks=1
 * run:
 *   import t
 *   class Kept:
 *       pass
 *   kept = [t.defer(Kept()) for _ in range(20)]
 *   t.cycle = t.defer(Kept())
 *   t.cycle.me = t.cycle
 */
#include "ext.h"

static PyObject *
defer(PyObject *self, PyObject *object)
{
    int is_deferred = PyUnstable_Object_EnableDeferredRefcount(object);

#ifdef Py_GIL_DISABLED
    if (!is_deferred)
        abort();
#else
    (void)is_deferred;
#endif
    Py_IncRef(object);
    Py_INCREF(object);
    Py_DecRef(object);
    return object;
}

EXT_MODULE(t, EXT_O(defer))
