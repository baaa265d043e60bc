/* SPDX-License-Identifier: MIT */
/* bytes, str and tuple are resized in place: a death and a birth, at the same
 * address or another, of an object whose count was 1 all along.
 *
 * trap:
 *   resized at the same address
 *   resized at another address
 * run:
 *   import t
 *   for _ in range(100):
 *       t.resize()
 */
#include "ext.h"

static PyObject *
resize(PyObject *self, PyObject *unused)
{
    PyObject *bytes = PyBytes_FromStringAndSize(NULL, 100);
    PyObject *before = bytes;
    PyObject *text = PyUnicode_FromString("refsan");
    PyObject *more = PyUnicode_FromString(" and more");

    if (_PyBytes_Resize(&bytes, 98) < 0)
        return NULL;
    EXT_ENTERED("resized at the same address", bytes == before);
    if (_PyBytes_Resize(&bytes, 50) < 0 || _PyBytes_Resize(&bytes, 9000) < 0)
        return NULL;
    EXT_ENTERED("resized at another address", bytes != before);
    PyUnicode_AppendAndDel(&text, more);
    Py_IncRef(bytes);
    Py_DecRef(bytes);
    Py_DecRef(bytes);
    Py_IncRef(text);
    Py_DecRef(text);
    Py_DecRef(text);
    Py_RETURN_NONE;
}

EXT_MODULE(t, EXT_NOARGS(resize))
