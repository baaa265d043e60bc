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
 * story:
 *   refop-in-traverse-referents.c:@take: error: list counted inside tp_traverse [refop-in-traverse]
 *     incref, main thread
 *       NUM | Py_IncRef(member); // @take
 *            node_traverse < run.py:3
 *     because   a tp_traverse function does this, or calls what does
 *     object    <list> ADDR, refcount ...
 *   ...
 *     fix       hand what the object owns to Py_VISIT as it is, without a smart
 *               pointer or a getter that returns a strong reference …
 *     more      refsan explain refop-in-traverse
 * report[births]:
 *   refsan: refop-in-traverse: reference operation inside tp_traverse
 *     object  ADDR  <list>  refcount ... owner T1 'python...', live
 *     incref by thread T1 'python...':
 *       #0 in node_traverse refop-in-traverse-referents.c:@take
 *       #1 in <module> run.py:3 (python)
 *     because  a tp_traverse function does this, or calls what does
 *     created by thread T1 'python...':
 *       #0 in <module> run.py:2 (python)
 *     history  oldest first: thread, operation, refcount, place
 *       1.  T1   incref              1 -> 2     in node_traverse refop-in-traverse-referents.c:@take
 *     fix      hand what the object owns to Py_VISIT as it is, without a smart pointer or a getter that returns a strong reference; for the type's or module's data use Py_TYPE and the functions made for it in 3.15 (PyObject_GetTypeData_DuringGC, PyType_GetModuleState_DuringGC)
 *     suppress refop-in-traverse:node_traverse
 *     docs     docs/reports.md#refop-in-traverse
 * report:
 *   refsan: refop-in-traverse: reference operation inside tp_traverse
 *     object  ADDR  <list>  ...
 *     incref by thread T1 ...:
 *       #0 ADDR in node_traverse ...refop-in-traverse-referents.c:@take ...
 *       ...
 *     because  a tp_traverse function does this, or calls what does
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
