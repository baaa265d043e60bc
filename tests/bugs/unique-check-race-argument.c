/* SPDX-License-Identifier: MIT */
/* unique-check-race: a function changes its argument in place because its
 * count is 1. The caller's variable is that one reference; the argument itself
 * is not counted.
 *
 * like: numpy/numpy#28681, cython/cython#7115
 * needs: >=3.14
 * options: warnings_are_errors=1
 * run:
 *   import t
 *   def caller():
 *       mine = [1, 2]
 *       return t.plus_one(mine), mine
 *   assert caller()[1] == [1, 2] or not t.is_fixed()
 * exit: 66
 * story:
 *   unique-check-race-argument.c:@ask: warning: list may be shared although its reference count is 1 [unique-check-race]
 *     reference count read, main thread
 *       NUM | int is_mine = (Py_REFCNT)(list) == 1; // @ask
 *            plus_one < caller (run.py:4) < run.py:5
 *     because   the calling Python function also holds it, as a reference that is
 *               not counted
 *     object    <list> ADDR, refcount 1,
 *               created by main thread at run.py:3
 *     fix       ask PyUnstable_Object_IsUniquelyReferenced, and
 *               PyUnstable_Object_IsUniqueReferencedTemporary about an argument of
 *               the current call
 *     more      refsan explain unique-check-race
 * report:
 *   refsan: unique-check-race: a reference count of 1 was read where it does not mean one reference
 *     object  ADDR  <list>  refcount ... owner T1 'python...', live
 *     reference count read by thread T1 'python...':
 *       #0 in plus_one unique-check-race-argument.c:@ask
 *       #1 in caller run.py:4 (python)
 *       #2 in <module> run.py:5 (python)
 *     because  the calling Python function also holds it, as a reference that is not counted
 *     created by thread T1 'python...':
 *       #0 in caller run.py:3 (python)
 *     history  oldest first: thread, operation, refcount, place
 *       1.  T1   refcnt_read         1 -> 1     in plus_one unique-check-race-argument.c:@ask
 *     fix      ask PyUnstable_Object_IsUniquelyReferenced, and PyUnstable_Object_IsUniqueReferencedTemporary about an argument of the current call
 *     suppress unique-check-race:plus_one
 *     docs     docs/reports.md#unique-check-race
 */
#include "ext.h"

static PyObject *
plus_one(PyObject *self, PyObject *list)
{
    PyObject *result;
#ifdef FIXED
    int is_mine = PyUnstable_Object_IsUniqueReferencedTemporary(list);
#else
    int is_mine = (Py_REFCNT)(list) == 1; // @ask
#endif

    if (is_mine)
        result = Py_NewRef(list);
    else
        result = PyList_GetSlice(list, 0, PyList_GET_SIZE(list));
    PyList_Append(result, Py_None);
    return result;
}

static PyObject *
is_fixed(PyObject *self, PyObject *unused)
{
#ifdef FIXED
    Py_RETURN_TRUE;
#else
    Py_RETURN_FALSE;
#endif
}

EXT_MODULE(t, EXT_O(plus_one) EXT_NOARGS(is_fixed))
