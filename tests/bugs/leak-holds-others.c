/* SPDX-License-Identifier: MIT */
/* leak: one object is kept, and it keeps hundreds of others.
 *
 * The last node of a chain of tuples is forgotten. All of them are alive when
 * the runtime has ended, but only one of them was leaked: that one is reported.
 *
 * like: inducer/pyopencl#758
 * needs: >=3.14
 * options: leaks=1
 * run:
 *   import t
 *   t.build(200)
 * exit: 66
 * report:
 *   refsan: leak: a reference was never released
 *     object  ADDR  <tuple>  refcount ...
 *     created by thread T1 ...:
 *       #0 in PyTuple_New ...
 *       ...
 *       #NUM in build leak-holds-others.c:@new
 *       ...
 *     because  1 object created on this call path outlived the runtime, and no pointer in memory leads there
 *              leaked objects keep NUM others alive
 *     ...
 */
#include "ext.h"

static PyObject *
build(PyObject *self, PyObject *count)
{
    PyObject *chain = NULL;

    for (long i = PyLong_AsLong(count); i > 0; i--) {
        PyObject *node = PyTuple_New(2); // @new

        PyTuple_SET_ITEM(node, 0, Py_NewRef(Py_None));
        PyTuple_SET_ITEM(node, 1, chain != NULL ? chain : Py_NewRef(Py_None));
        chain = node;
    }
#ifdef FIXED
    Py_XDECREF(chain);
#endif
    Py_RETURN_NONE;
}

EXT_MODULE(t, EXT_O(build))
