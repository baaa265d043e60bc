/* SPDX-License-Identifier: MIT */
/* longjmp over functions that announced operations: nothing of refsan is on the
 * stack between two operations, so nothing is left behind.
 *
 * needs: instrumented
 * trap: a jump out of instrumented functions
 * run:
 *   import t
 *   for _ in range(3):
 *       assert t.jump([object()]) == 0
 */
#include "ext.h"

#include <setjmp.h>

static jmp_buf back;

static void
leave(PyObject *object)
{
    Py_INCREF(object);
    longjmp(back, 1);
}

static void
dive(PyObject *object)
{
    Py_INCREF(object);
    leave(object);
    Py_DECREF(object);
}

static PyObject *
jump(PyObject *self, PyObject *object)
{
    Py_ssize_t before = Py_REFCNT(object);

    if (setjmp(back) == 0)
        dive(object);
    EXT_ENTERED("a jump out of instrumented functions",
                ext_refcount(object) == before + 2);
    for (int i = 0; i < 2; i++)
        Py_DECREF(object);
    return PyLong_FromSsize_t(Py_REFCNT(object) - before);
}

EXT_MODULE(t, EXT_O(jump))
