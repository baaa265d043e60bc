/* SPDX-License-Identifier: MIT */
/* refop-in-traverse: the same as it was compiled, on a free-threaded build.
 *
 * Nothing is called for the incref. The decref asks who owns the object, finds a
 * number of the collector where the owner was, and calls the function for other
 * threads' objects.
 *
 * like: python/cpython#123241
 * needs: ft
 * run:
 *   import gc, t
 *   node = t.make_type()()
 *   gc.collect()
 * exit: 66
 * report:
 *   refsan: refop-in-traverse: reference operation inside tp_traverse
 *     object  ADDR  <list>  ...
 *     decref of the shared count by thread T1 ...:
 *       #0 ADDR in node_traverse ...refop-in-traverse-inline.c:@release ...
 *       ...
 *     because  a tp_traverse function does this, or calls what does
 *              a garbage collection is running, and keeps its own numbers in object headers
 *     ...
 */
#include "ext_node.h"

static int
node_traverse(PyObject *self, visitproc visit, void *arg)
{
    PyObject *held = ((struct node *)self)->member;

    Py_VISIT(Py_TYPE(self));
#ifdef FIXED
    Py_VISIT(held);
#else
    Py_XINCREF(held);
    Py_VISIT(held);
    Py_XDECREF(held); // @release
#endif
    return 0;
}

EXT_MODULE(t, EXT_NOARGS(make_type))
