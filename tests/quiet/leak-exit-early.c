/* SPDX-License-Identifier: MIT */
/* A process that ends without Py_Finalize has all its objects still, and a
 * forked child those of its parent: nothing can be said about leaks.
 *
 * needs: >=3.14
 * options: leaks=1
 * run:
 *   import os, sys, t
 *   kept = [t.make(i) for i in range(100)]
 *   child = os.fork()
 *   if child == 0:
 *       sys.exit(0)
 *   os.waitpid(child, 0)
 *   t.exit_now(0)
 */
#include "ext.h"

static PyObject *
make(PyObject *self, PyObject *object)
{
    return PyUnicode_FromFormat("made of %R", object);
}

static PyObject *
exit_now(PyObject *self, PyObject *status)
{
    exit((int)PyLong_AsLong(status));
}

EXT_MODULE(t, EXT_O(make) EXT_O(exit_now))
