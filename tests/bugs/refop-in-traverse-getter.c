/* SPDX-License-Identifier: MIT */
/* refop-in-traverse: tp_traverse asks a getter that returns a strong reference,
 * and gives it back after the visit.
 *
 * The getter is a function of its own, and counts by a call: the stack says that
 * a tp_traverse had called it, and the collector that.
 *
 * like: python/cpython#123241
 * needs: >=3.13
 * run:
 *   import gc, t
 *   node = t.make_type()()
 *   gc.collect()
 * exit: 66
 * report:
 *   refsan: refop-in-traverse: reference operation inside tp_traverse
 *     object  ADDR  <list>  ...
 *     incref by thread T1 ...:
 *       #0 ADDR in get_member ...refop-in-traverse-getter.c:@take ...
 *       #1 ADDR in node_traverse ...refop-in-traverse-getter.c:@get ...
 *       ...
 *     because  a tp_traverse function does this, or calls what does
 *              a garbage collection is running, and keeps its own numbers in object headers
 *     ...
 */
#include "ext_node.h"

static __attribute__((noinline, unused)) PyObject *
get_member(PyObject *self)
{
    PyObject *member = ((struct node *)self)->member;

    Py_IncRef(member); // @take
    return member;
}

static int
node_traverse(PyObject *self, visitproc visit, void *arg)
{
    Py_VISIT(Py_TYPE(self));
#ifdef FIXED
    Py_VISIT(((struct node *)self)->member);
#else
    PyObject *member = get_member(self); // @get
    int result = visit(member, arg);

    Py_DecRef(member);
    if (result != 0)
        return result;
#endif
    return 0;
}

EXT_MODULE(t, EXT_NOARGS(make_type))
