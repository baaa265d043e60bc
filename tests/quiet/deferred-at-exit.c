/* SPDX-License-Identifier: MIT */
/* Objects with deferred counts that are still there when the interpreter ends.
 * 3.14 never frees them; nobody forgot a reference to them.
 *
 * needs: >=3.14
 * trap[ft]:
 *   deferred objects
 *   there when the interpreter ends
 * trap: there when the interpreter ends
 * options: leaks=1
 * run:
 *   import atexit, t
 *   class Kept:
 *       pass
 *   kept = [t.defer(Kept()) for _ in range(20)]
 *   t.cycle = t.defer(Kept())
 *   t.cycle.me = t.cycle
 *   @atexit.register
 *   def say():
 *       t.entered("there when the interpreter ends",
 *                 all(isinstance(one, Kept) for one in [*kept, t.cycle.me]))
 */
#include "ext.h"

static PyObject *
defer(PyObject *self, PyObject *object)
{
    int is_deferred = PyUnstable_Object_EnableDeferredRefcount(object);

#ifdef Py_GIL_DISABLED
    EXT_ENTERED("deferred objects", is_deferred);
#else
    (void)is_deferred;
#endif
    Py_IncRef(object);
    Py_INCREF(object);
    Py_DecRef(object);
    return object;
}

EXT_MODULE(t, EXT_O(defer) EXT_TRAPS)
