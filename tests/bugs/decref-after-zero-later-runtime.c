/* SPDX-License-Identifier: MIT */
/* decref-after-zero: a host runs Python a second time, by a function nobody
 * stands in front of, and what it does there releases a list twice. The new
 * runtime has forgotten the tracer.
 *
 * like: python/cpython#109496
 * needs: ft, >=3.15, births
 * run: import t
 * exit: 66
 * report:
 *   refsan: decref-after-zero: decref of an object whose reference count had already reached zero
 *     object  ADDR  <list>  refcount ..., dead
 *     decref by thread ...:
 *       #0 in release_twice decref-after-zero-later-runtime.c:@second
 *       ...
 *     because  its deallocation is over
 *     skipped  refsan skipped the operation so that the process can continue
 *     reference count reached zero in decref by thread ...:
 *       #0 in release_twice decref-after-zero-later-runtime.c:@first
 *     ...
 *     suppress decref-after-zero:release_twice
 *     ...
 */
#include "ext.h"

static int runs; /* of Python */

static PyObject *
release_twice(PyObject *self, PyObject *unused)
{
    PyObject *list = PyList_New(0);

    Py_DecRef(list); // @first
#ifndef FIXED
    Py_DecRef(list); // @second
#endif
    Py_RETURN_NONE;
}

static void
run_again(void)
{
    char *arguments[] = {"python", "-S", "-c", "import t; t.release_twice()",
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

EXT_MODULE_EXEC(t, exec_module, EXT_NOARGS(release_twice))
