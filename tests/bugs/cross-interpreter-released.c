/* SPDX-License-Identifier: MIT */
/* cross-interpreter: what a subinterpreter left in a static variable is released
 * by the main one: its memory goes to the wrong allocator.
 *
 * like: python/cpython#125286
 * needs: births
 * run:
 *   import _interpreters, t
 *   id = _interpreters.create()
 *   _interpreters.exec(id, "import t; t.keep([1, 2])")
 *   t.release()
 *   _interpreters.exec(id, "import t; t.release()")
 *   _interpreters.destroy(id)
 * exit: 66
 * crash[gil, >=3.15]: plainly
 *   follows  cross-interpreter:release, about <list> ADDR, live
 * report:
 *   refsan: cross-interpreter: object counted by an interpreter that did not create it
 *     object  ADDR  <list>  ...interpreter NUM
 *     decref by thread T1 ...:
 *       #0 ADDR in release ...cross-interpreter-released.c:@release ...
 *       ...
 *     because  interpreter NUM created it, and this thread is attached to interpreter 0; they share neither GIL nor memory
 *     skipped  refsan skipped the operation so that the process can continue
 *     ...
 */
#include "ext.h"

static PyObject *kept;
static int64_t keeper; /* the interpreter whose object it is */

static PyObject *
keep(PyObject *self, PyObject *object)
{
    Py_IncRef(object);
    kept = object;
    keeper = PyInterpreterState_GetID(PyInterpreterState_Get());
    Py_RETURN_NONE;
}

static PyObject *
release(PyObject *self, PyObject *unused)
{
    PyObject *object = kept;

#ifdef FIXED
    if (keeper != PyInterpreterState_GetID(PyInterpreterState_Get()))
        Py_RETURN_NONE;
#endif
    kept = NULL;
    Py_DecRef(object); // @release
    Py_RETURN_NONE;
}

EXT_MODULE(t, EXT_O(keep) EXT_NOARGS(release))
