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
 * report:
 *   refsan: unique-check-race: a reference count of 1 was read where it does not mean one reference
 *     object  ADDR  <list>  ...
 *     reference count read by thread T1 ...:
 *       #0 ADDR in plus_one ...unique-check-race-argument.c:@ask ...
 *       ...
 *     ...
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
