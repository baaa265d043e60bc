/* SPDX-License-Identifier: MIT */
/* leak: PyDict_SetItem is believed to steal the value.
 *
 * PyList_SetItem and PyTuple_SetItem take over the reference they are given;
 * PyDict_SetItem takes one of its own. The one that PyList_New() returned is
 * never released, in no call.
 *
 * like: aio-libs/multidict#1135
 * needs: >=3.14
 * options: leaks=1
 * run:
 *   import t
 *   for i in range(100):
 *       t.update({}, i)
 * exit: 66
 * report:
 *   refsan: leak: a reference was never released
 *     object  ADDR  <list>  refcount ...
 *     created by thread T1 ...:
 *       #0 in PyList_New ...
 *       #1 in update leak-dict-set-item.c:@new
 *       #2 in <module> run.py:3 (python)
 *     because  NUM objects created on this call path outlived the runtime, and no pointer in memory leads there
 *     ...
 */
#include "ext.h"

static PyObject *
update(PyObject *self, PyObject *args)
{
    PyObject *dict, *key, *value;
    int error;

    if (!PyArg_ParseTuple(args, "OO", &dict, &key))
        return NULL;
    value = PyList_New(0); // @new
    error = PyDict_SetItem(dict, key, value);
#ifdef FIXED
    Py_DECREF(value);
#endif
    return error < 0 ? NULL : Py_NewRef(Py_None);
}

EXT_MODULE(t, EXT_VARARGS(update))
