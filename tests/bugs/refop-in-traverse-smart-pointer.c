/* SPDX-License-Identifier: MIT */
/* refop-in-traverse: a smart pointer holds the member while it is visited.
 *
 * It takes a reference when it is made and gives it back at its end. While the
 * collector of a free-threaded build works, the count is where it keeps numbers
 * of its own.
 *
 * like: python/cpython#123241
 * needs: instrumented
 * run:
 *   import gc, t
 *   node = t.make_type()()
 *   gc.collect()
 * exit: 66
 * report[>=3.13]:
 *   refsan: refop-in-traverse: reference operation inside tp_traverse
 *     object  ADDR  <list>  ...
 *     incref by thread T1 ...:
 *       #0 ADDR in node_traverse ...refop-in-traverse-smart-pointer.c:@hold ...
 *       ...
 *     because  a tp_traverse function does this, or calls what does
 *              a garbage collection is running, and keeps its own numbers in object headers
 *     ...
 * report:
 *   refsan: refop-in-traverse: reference operation inside tp_traverse
 *     object  ADDR  <list>  ...
 *     incref by thread T1 ...:
 *       #0 ADDR in node_traverse ...refop-in-traverse-smart-pointer.c:@hold ...
 *       ...
 *     because  a tp_traverse function does this, or calls what does
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
    Py_XINCREF(held); // @hold
    Py_VISIT(held);
    Py_XDECREF(held);
#endif
    return 0;
}

EXT_MODULE(t, EXT_NOARGS(make_type))
