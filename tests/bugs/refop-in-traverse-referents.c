/* SPDX-License-Identifier: MIT */
/* refop-in-traverse: the reference is taken by a call, and this time it is not
 * the collector that walks the object.
 *
 * gc.get_referents and tools that look for leaks call the same function. It is
 * wrong whoever calls it, on every build, and here without any damage.
 *
 * like: python/cpython#123241
 * run:
 *   import gc, t
 *   node = t.make_type()()
 *   gc.get_referents(node)
 *   gc.collect()
 * exit: 66
 * report:
 *   refsan: refop-in-traverse: reference operation inside tp_traverse
 *     object  ADDR  <list>  ...
 *     incref by thread T1 ...:
 *       #0 ADDR in node_traverse ...refop-in-traverse-referents.c:@take ...
 *       ...
 *     because  a tp_traverse function does it, or has called what does it
 *     ...
 */
#include "ext_node.h"

static int
node_traverse(PyObject *self, visitproc visit, void *arg)
{
    PyObject *member = ((struct node *)self)->member;

    Py_VISIT(Py_TYPE(self));
#ifndef FIXED
    Py_IncRef(member); // @take
#endif
    Py_VISIT(member);
#ifndef FIXED
    Py_DecRef(member);
#endif
    return 0;
}

EXT_MODULE(t, EXT_NOARGS(make_type))
