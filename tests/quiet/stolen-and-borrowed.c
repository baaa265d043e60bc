/* SPDX-License-Identifier: MIT */
/* References that a container lent or stole, and that are released all the
 * same, rightly: because the code had one more, or because the container has
 * let go of the item before.
 *
 * needs: births
 * trap:
 *   a stolen reference and one more
 *   a borrowed item that its container let go
 * run: import t; t.use()
 */
#include "ext.h"

static PyObject *
use(PyObject *self, PyObject *unused)
{
    PyObject *list = PyList_New(1);
    PyObject *item = PyList_New(0);
    PyObject *dict = PyDict_New();

    Py_IncRef(item);
    PyList_SetItem(list, 0, item);
    EXT_ENTERED("a stolen reference and one more", ext_refcount(item) == 2);
    Py_DecRef(item); /* one of two */

    item = PyList_GetItem(list, 0);
    Py_IncRef(item);
    PyList_SetSlice(list, 0, 1, NULL);
    EXT_ENTERED("a borrowed item that its container let go",
                PyList_Size(list) == 0 && ext_refcount(item) == 1);
    Py_DecRef(item); /* the list has let go of it */

    item = PyList_New(0);
    PyDict_SetItemString(dict, "spam", item);
    Py_DecRef(item); /* the dict took its own */
    item = PyDict_GetItemString(dict, "spam");
    Py_IncRef(item);
    PyDict_SetItemString(dict, "spam", list);
    Py_DecRef(item);

    item = PyDict_GetItemString(dict, "eggs");
    if (item == NULL)
        Py_DecRef(item);
    Py_DecRef(dict);
    Py_DecRef(list);
    Py_RETURN_NONE;
}

EXT_MODULE(t, EXT_NOARGS(use))
