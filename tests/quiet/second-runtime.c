/* SPDX-License-Identifier: MIT */
/* A program that runs Python a second time, by a function nobody stands in
 * front of: the new runtime has forgotten the tracer, its objects are born
 * unseen where the first one's died, and die by an extension's last reference.
 *
 * needs: ft
 * trap: objects of a second runtime
 * run: import t; t.drop(t.make())
 */
#include "ext.h"

static int runs; /* of Python */

static PyObject *
make(PyObject *self, PyObject *unused)
{
    PyObject *list = PyList_New(0);

    for (long i = 1000; list != NULL && i < 6000; i++) {
        PyObject *number = PyLong_FromLong(i);
        PyObject *item = Py_BuildValue("[Od]", number, i / 7.0);

        Py_XDECREF(number);
        if (item == NULL || PyList_Append(list, item) < 0)
            Py_CLEAR(list);
        Py_XDECREF(item);
    }
    return list;
}

static PyObject *
drop(PyObject *self, PyObject *list)
{
    for (Py_ssize_t i = 0; i < PyList_Size(list); i++) {
        PyObject *item = Py_NewRef(PyList_GetItem(list, i));

        PyList_SetItem(list, i, Py_NewRef(Py_None));
        Py_DECREF(item);
    }
    if (runs == 2)
        EXT_ENTERED("objects of a second runtime", PyList_Size(list) == 5000);
    Py_RETURN_NONE;
}

static void
run_again(void)
{
    char *arguments[] = {"python", "-S", "-c", "import t; t.drop(t.make())",
                         NULL};

    Py_BytesMain(4, arguments);
}

static int
exec_module(PyObject *module)
{
    if (runs++ == 0)
        atexit(run_again);
    return 0;
}

EXT_MODULE_EXEC(t, exec_module, EXT_NOARGS(make) EXT_O(drop))
