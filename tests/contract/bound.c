/* SPDX-License-Identifier: MIT */
/* bound.c -- a module that knows what its own references to the C API are bound
 * to; for pages-keep-their-protection.py and patched-again.py. */
#include "../ext.h"

#include <dlfcn.h>

/* The file that has the Py_IncRef which this module would call. */
static PyObject *
where(PyObject *Py_UNUSED(self), PyObject *Py_UNUSED(unused))
{
    void (*volatile function)(PyObject *) = Py_IncRef;
    Dl_info info;

    if (dladdr((void *)function, &info) == 0)
        return PyErr_Format(PyExc_RuntimeError, "nobody has it");
    return PyUnicode_FromString(info.dli_fname);
}

/* The same for somebody without a Python call to ask with (ctypes). */
const char *bound_where(void);

const char *
bound_where(void)
{
    void (*volatile function)(PyObject *) = Py_DecRef;
    static Dl_info info;

    return dladdr((void *)function, &info) ? info.dli_fname : "";
}

EXT_MODULE(bound, EXT_NOARGS(where))
