/* SPDX-License-Identifier: MIT */
/* Objects that the interpreter counts in its own way: functions, methods,
 * types, modules and their dictionaries, code; and, since 3.15, what a
 * module's globals hold once another thread has read them in a specialised
 * instruction. Most of their references are in no header, or are a large
 * number.
 *
 * trap[ft]: counts that are a large number
 * trap: counts as they are
 * run:
 *   import gc, sys, t, threading
 *   table, setting = {"a": 1}, [2]
 *   class Node:
 *       def method(self):
 *           return table, setting, helper, Node, sys.path
 *   def helper():
 *       return table, setting, Node, t.use
 *   def warm_up():
 *       node = Node()
 *       for _ in range(3000):
 *           helper()
 *           node.method()
 *   def use_all():
 *       for one in (helper, Node, Node.method, Node().method, table, setting,
 *                   globals(), helper.__code__, sys, sys.modules, t, t.use):
 *           t.use(one)
 *           t.use_elsewhere(one)
 *   use_all()
 *   for _ in range(2):
 *       thread = threading.Thread(target=warm_up)
 *       thread.start()
 *       warm_up()
 *       thread.join()
 *       use_all()
 *       gc.collect()
 *   old = table, setting, helper, Node
 *   table, setting = {"a": 2}, [3]
 *   del helper, Node
 *   for one in old:
 *       t.use_elsewhere(one)
 *   del one, old
 *   gc.collect()
 */
#include "ext.h"

static void
count(void *object)
{
    Py_IncRef((PyObject *)object);
    Py_INCREF((PyObject *)object);
    Py_DecRef((PyObject *)object);
    Py_DECREF((PyObject *)object);
}

static PyObject *
use(PyObject *self, PyObject *object)
{
    if (PyFunction_Check(object)) {
#ifdef Py_GIL_DISABLED
        EXT_ENTERED("counts that are a large number",
                    ext_refcount(object) > 1 << 28);
#else
        EXT_ENTERED("counts as they are", ext_refcount(object) < 1 << 20);
#endif
    }
    count(object);
    Py_RETURN_NONE;
}

static PyObject *
use_elsewhere(PyObject *self, PyObject *object)
{
    EXT_THREAD(count, object);
    Py_RETURN_NONE;
}

EXT_MODULE(t, EXT_O(use) EXT_O(use_elsewhere))
