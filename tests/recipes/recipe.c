/* SPDX-License-Identifier: MIT */
/* recipe.c -- the module that the recipes in C build: pairs() counts as it
 * should, release_twice() does not. */
#define PY_SSIZE_T_CLEAN
#include <Python.h>

static PyObject *
pairs(PyObject *Py_UNUSED(self), PyObject *list)
{
    PyObject *result = PyTuple_New(2);

    if (result == NULL)
        return NULL;
    PyTuple_SET_ITEM(result, 0, Py_NewRef(list));
    PyTuple_SET_ITEM(result, 1, Py_NewRef(list));
    return result;
}

static PyObject *
release_twice(PyObject *Py_UNUSED(self), PyObject *Py_UNUSED(unused))
{
    PyObject *result = PyList_New(0);

    if (result == NULL)
        return NULL;
    Py_DECREF(result);
    Py_DECREF(result); // @second
    Py_RETURN_NONE;
}

static PyMethodDef methods[] = {
    {"pairs", pairs, METH_O, NULL},
    {"release_twice", release_twice, METH_NOARGS, NULL},
    {NULL, NULL, 0, NULL},
};

static struct PyModuleDef module = {
    .m_base = PyModuleDef_HEAD_INIT,
    .m_name = "recipe",
    .m_methods = methods,
};

PyMODINIT_FUNC
PyInit_recipe(void)
{
    return PyModuleDef_Init(&module);
}
