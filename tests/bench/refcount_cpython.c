/* SPDX-License-Identifier: MIT */
/* The same loop over CPython's own macros, as an extension: pairs(object, n)
 * in ns per pair. Whose object it is, the caller arranges. */
#include <Python.h>

#include <time.h>

static double
now_ns(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec * 1e9 + (double)now.tv_nsec;
}

static PyObject *
pairs(PyObject *module, PyObject *args)
{
    PyObject *object;
    long rounds;
    double start;

    if (!PyArg_ParseTuple(args, "Ol", &object, &rounds))
        return NULL;
    Py_INCREF(object);
    start = now_ns();
    for (long i = 0; i < rounds; i++) {
        Py_INCREF(object);
        __asm__ volatile("" ::: "memory");
        Py_DECREF(object);
        __asm__ volatile("" ::: "memory");
    }
    start = now_ns() - start;
    Py_DECREF(object);
    (void)module;
    return PyFloat_FromDouble(start / (double)rounds);
}

static PyMethodDef methods[] = {{"pairs", pairs, METH_VARARGS, NULL},
                                {NULL, NULL, 0, NULL}};
static PyModuleDef_Slot slots[] = {
#ifdef Py_mod_gil
    {Py_mod_gil, Py_MOD_GIL_NOT_USED},
#endif
    {0, NULL},
};
static struct PyModuleDef definition = {
    PyModuleDef_HEAD_INIT,
    .m_name = "refcount_cpython",
    .m_methods = methods,
    .m_slots = slots,
};

PyMODINIT_FUNC
PyInit_refcount_cpython(void)
{
    return PyModuleDef_Init(&definition);
}
