/* SPDX-License-Identifier: MIT */
/* immortalize-string: a string that another, still running thread made is
 * marked immortal in place, as interning did it.
 *
 * like: python/cpython#148886
 * needs: >=3.14
 * options: warnings_are_errors=1
 * run: import t; t.share("-".join(["a", "b"]))
 * exit: 66
 * report:
 *   refsan: immortalize-string: PyUnstable_SetImmortal called on a str
 *     object  ADDR  <str>  ...
 *     made immortal unconditionally by thread ... 'worker' ...:
 *       #0 ADDR in intern ...immortalize-string-foreign.c:@mark ...
 *       #...
 *     because  it is a str
 *              the interpreter allowed it
 *     ...
 */
#include "ext.h"

PyAPI_FUNC(void) _Py_SetImmortal(PyObject *);

static void
intern(void *string)
{
#ifdef FIXED
    PyObject *copy = Py_NewRef((PyObject *)string);

    PyUnicode_InternInPlace(&copy);
    Py_DECREF(copy);
#else
    _Py_SetImmortal((PyObject *)string); // @mark
#endif
}

static PyObject *
share(PyObject *self, PyObject *string)
{
    EXT_THREAD(intern, string);
    return Py_NewRef(string);
}

EXT_MODULE(t, EXT_O(share))
