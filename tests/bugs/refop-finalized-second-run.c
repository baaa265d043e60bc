/* SPDX-License-Identifier: MIT */
/* refop-finalized: a host keeps an object while it ends Python and starts it
 * again, and gives it back in the second run.
 *
 * like: python/cpython#89919
 * needs: ft
 * run: import t; t.keep([1])
 * exit: 66
 * report:
 *   refsan: refop-finalized: reference operation after the Python runtime was finalized
 *     object  ADDR  ...
 *     decref by thread ...:
 *       #0 ADDR in run_again ...refop-finalized-second-run.c:@release ...
 *     because  an earlier runtime, since finalized, created it
 *       ...
 */
#include "ext.h"

static PyObject *kept;

static PyObject *
keep(PyObject *self, PyObject *object)
{
    kept = Py_NewRef(object);
    Py_RETURN_NONE;
}

static void
run_again(void)
{
    Py_Initialize();
#ifdef FIXED
    kept = NULL; /* leaked: it belonged to the first run */
#endif
    if (kept != NULL)
        Py_DecRef(kept); // @release
    Py_Finalize();
}

static int
exec_module(PyObject *module)
{
    static int runs;

    if (runs++ == 0)
        atexit(run_again);
    return 0;
}

EXT_MODULE_EXEC(t, exec_module, EXT_O(keep))
