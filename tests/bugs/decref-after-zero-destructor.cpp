/* SPDX-License-Identifier: MIT *     suppress decref-after-zero:fail
 *     ...
 */
/* decref-after-zero: an exception runs a destructor that releases what the error
 * path had released.
 *
 * needs: births, instrumented
 * run: import t; t.fail()
 * exit: 66
 * crash[gil, >=3.15]: lists
 *   follows  decref-after-zero:py:<module>, about <list> ADDR, dead
 * report:
 *   refsan: decref-after-zero: decref of an object whose reference count had already reached zero
 *     object  ADDR  ...
 *     decref by thread T1 ...:
 *       #0 ADDR in ~holder ...decref-after-zero-destructor.cpp:@second ...
 *       #...
 *     because  its deallocation is over
 *     ...
 *     reference count reached zero in decref by thread T1 ...:
 *       #0 ADDR in ...decref-after-zero-destructor.cpp:@first ...
 *     ...
 */
#include "ext.h"

#include <stdexcept>

struct holder {
    PyObject *object = PyList_New(0);

    ~holder()
    {
        Py_XDECREF(object); // @second
    }
};

static void
work(holder &held)
{
    Py_DECREF(held.object); // @first
#ifdef FIXED
    held.object = nullptr;
#endif
    throw std::runtime_error("no");
}

static PyObject *
fail(PyObject *self, PyObject *unused)
{
    try {
        holder held;

        work(held);
    }
    catch (const std::exception &) {
        Py_RETURN_NONE;
    }
    return nullptr;
}

EXT_MODULE(t, EXT_NOARGS(fail))
