/* SPDX-License-Identifier: MIT */
/* Objects that Python code makes right after calls of a module: return addresses
 * into it are still on the stack, in a buffer that os.readlink() does not fill.
 *
 * needs: >=3.14
 * options: leaks=1
 * trap: objects that Python code makes over stale frames
 * run:
 *   import os, t
 *   for i in range(1000):
 *       t.stain()
 *       made = [os.readlink("/proc/self/exe")]
 *       t.hide(made)
 *       del made
 */
#include "ext.h"

static uintptr_t hidden[10000]; /* no pointers */

static __attribute__((noinline)) int
stain_stack(int depth)
{
    return depth == 0 ? 0 : 1 + stain_stack(depth - 1) * (depth & 3);
}

static PyObject *
stain(PyObject *self, PyObject *unused)
{
    return PyLong_FromLong(stain_stack(200) & 1);
}

/* Takes a reference to each, for good. */
static PyObject *
hide(PyObject *self, PyObject *list)
{
    static int count;

    for (Py_ssize_t i = 0; i < PyList_Size(list); i++)
        hidden[count++] = ~(uintptr_t)Py_NewRef(PyList_GetItem(list, i));
    if (count == 1000)
        EXT_ENTERED("objects that Python code makes over stale frames",
                    count == 1000);
    Py_RETURN_NONE;
}

EXT_MODULE(t, EXT_NOARGS(stain) EXT_O(hide))
