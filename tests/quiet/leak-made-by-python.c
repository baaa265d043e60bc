/* SPDX-License-Identifier: MIT */
/* Python code that a module called makes objects, and keeps them in circles that
 * nobody collects, in threads, or in an interpreter of its own.
 *
 * needs: >=3.14
 * options: leaks=1
 * run:
 *   import gc, t, threading, _interpreters
 *   gc.disable()
 *   class Node:
 *       pass
 *   def make():
 *       node = Node()
 *       node.self = node
 *       node.others = [str(i) for i in range(2000, 2010)]
 *       return node
 *   for i in range(50):
 *       t.call(make)
 *   gc.freeze()
 *   threads = [threading.Thread(target=t.call, args=(make,)) for _ in range(4)]
 *   for thread in threads:
 *       thread.start()
 *   for thread in threads:
 *       thread.join()
 *   for _ in range(2):
 *       id = _interpreters.create()
 *       _interpreters.exec(id, "import t; kept = [t.call(list) for i in range(9)]")
 *       _interpreters.destroy(id)
 *   _interpreters.exec(_interpreters.create(), "import t; kept = t.call(list)")
 */
#include "ext.h"

static PyObject *
call(PyObject *self, PyObject *function)
{
    return PyObject_CallNoArgs(function);
}

EXT_MODULE(t, EXT_O(call))
