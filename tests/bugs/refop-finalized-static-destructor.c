/* SPDX-License-Identifier: MIT */
/* refop-finalized: a static destructor gives a reference back after Py_Finalize.
 *
 * Destructors of a library run when the process exits; the runtime is gone by
 * then.
 *
 * like: scipy/scipy#21214
 * run: import t; t.remember([object()])
 * exit: 66
 * crash[>=3.15]: plainly
 *   follows  refop-finalized:forget, about <list> ADDR, live
 * story:
 *   refop-finalized-static-destructor.c:@release: error: list counted after Py_Finalize [refop-finalized]
 *     decref, main thread
 *       NUM | Py_DecRef(remembered); // @release
 *            forget
 *     object    <list> ADDR, refcount ...
 *     fix       release the reference before Py_Finalize (module m_free,
 *               atexit.register), or leak it: test Py_IsInitialized() and skip
 *     more      refsan explain refop-finalized
 * report[births]:
 *   refsan: refop-finalized: reference operation after the Python runtime was finalized
 *     object  ADDR  <list>  refcount ... T1 'python...', live
 *     decref by thread T1 'python...':
 *       #0 in forget refop-finalized-static-destructor.c:@release
 *       #...
 *     skipped  refsan skipped the operation so that the process can continue
 *     created by thread T1 'python...':
 *       (stack not recorded)
 *     history  oldest first: thread, operation, refcount, place
 *       1.  T1   decref              skipped    in forget refop-finalized-static-destructor.c:@release
 *     fix      release the reference before Py_Finalize (module m_free, atexit.register), or leak it: test Py_IsInitialized() and skip
 *     suppress refop-finalized:forget
 *     docs     docs/reports.md#refop-finalized
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
