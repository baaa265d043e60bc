/* SPDX-License-Identifier: MIT */
/* throwing.cpp -- a module that crashes while a C++ exception is in flight: see
 * test_crash.py. */
#include <Python.h>

#include <exception>
#include <stdexcept>

#include "ext.h"

/* From a C++ function through the interpreter, which is C: nobody catches. */
static PyObject *
throw_through_c(PyObject *self, PyObject *unused)
{
    throw std::runtime_error("nobody wants this");
}

static PyObject *
terminate(PyObject *self, PyObject *unused)
{
    try {
        throw std::runtime_error("caught, and given up");
    }
    catch (const std::runtime_error &) {
        std::terminate();
    }
    Py_RETURN_NONE;
}

static volatile int *volatile nothing;

struct guard {
    ~guard() { *nothing = 1; }
};

/* The stack is being unwound. */
static PyObject *
crash_while_unwinding(PyObject *self, PyObject *unused)
{
    try {
        guard one;

        throw std::runtime_error("on its way");
    }
    catch (const std::runtime_error &) {
    }
    Py_RETURN_NONE;
}

EXT_MODULE(throwing, EXT_NOARGS(throw_through_c) EXT_NOARGS(terminate)
                         EXT_NOARGS(crash_while_unwinding))
