/* SPDX-License-Identifier: MIT */
/* leak: the result of a C-API call is used and forgotten.
 *
 * PyObject_Repr() returns a new reference. The function looks at the string and
 * goes on, once in every call.
 *
 * needs: >=3.14
 * options: leaks=1
 * run:
 *   import t
 *   for i in range(1000):
 *       t.width(1000 + i)
 * exit: 66
 * story:
 *   leak-api-result.c:@repr: error: str never released [leak]
 *     created, main thread
 *       NUM | PyObject *words = PyObject_Repr(object); // @repr
 *            PyObject_Repr < width < run.py:3
 *     because   ... objects created on this call path outlived the runtime, and no
 *               pointer in memory leads there
 *     object    <str> ADDR, refcount 1, created by main thread
 *     fix       Py_DECREF what a call returned as a new reference when it is no
 *               longer needed, on every way out of the function, and also after
 *               giving it to PyDict_SetItem …
 *     more      refsan explain leak
 * report:
 *   refsan: leak: a reference was never released
 *     object  ADDR  <str>  refcount ... owner T1 'python...', live
 *     created by thread T1 'python...':
 *       #...
 *       #1 in width leak-api-result.c:@repr
 *       #2 in <module> run.py:3 (python)
 *     because  ... objects created on this call path outlived the runtime, and no pointer in memory leads there
 *     fix      Py_DECREF what a call returned as a new reference when it is no longer needed, on every way out of the function, and also after giving it to PyDict_SetItem, PyList_Append or PyModule_AddObjectRef, which take a reference of their own
 *     suppress leak:width
 *     docs     docs/reports.md#leak
 */
#include "ext.h"

static PyObject *
width(PyObject *self, PyObject *object)
{
    PyObject *words = PyObject_Repr(object); // @repr
    Py_ssize_t length = words == NULL ? -1 : PyUnicode_GetLength(words);

#ifdef FIXED
    Py_XDECREF(words);
#endif
    return PyLong_FromSsize_t(length);
}

EXT_MODULE(t, EXT_O(width))
