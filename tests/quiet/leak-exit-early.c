/* SPDX-License-Identifier: MIT */
/* A process that ends without Py_Finalize has all its objects still, and a
 * forked child those of its parent: nothing can be said about leaks.
 *
 * needs: >=3.14
 * trap:
 *   an end without Py_Finalize
 *   a child that ends before its parent
 * options: leaks=1
 * run:
 *   import os, sys, t
 *   kept = [t.make(i) for i in range(100)]
 *   child = os.fork()
 *   if child == 0:
 *       sys.exit(0)
 *   t.entered("a child that ends before its parent",
 *             os.waitpid(child, 0) == (child, 0))
 *   t.exit_now(0)
 */
#include "ext.h"

static int has_exited;

static PyObject *
make(PyObject *self, PyObject *object)
{
    return PyUnicode_FromFormat("made of %R", object);
}

static PyObject *
exit_now(PyObject *self, PyObject *status)
{
    has_exited = 1;
    exit((int)PyLong_AsLong(status));
}

__attribute__((destructor)) static void
say(void)
{
    if (has_exited)
        EXT_ENTERED("an end without Py_Finalize", Py_IsInitialized());
}

EXT_MODULE(t, EXT_O(make) EXT_O(exit_now) EXT_TRAPS)
