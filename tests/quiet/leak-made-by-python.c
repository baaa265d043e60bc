/* SPDX-License-Identifier: MIT */
/* Python code that a module called makes objects, and keeps them in circles that
 * nobody collects, in threads, or in an interpreter of its own.
 *
 * needs: >=3.14
 * trap:
 *   cycles that nobody collects
 *   an interpreter that is never destroyed
 * options: leaks=1
 * run:
 *   import atexit, gc, t, threading, weakref, _interpreters
 *   gc.disable()
 *   class Node:
 *       pass
 *   made = []
 *   def make():
 *       node = Node()
 *       node.self = node
 *       made.append(weakref.ref(node))
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
 *   @atexit.register
 *   def say():
 *       t.entered("cycles that nobody collects", [r for r in made if r()])
 *       t.entered("an interpreter that is never destroyed",
 *                 len(_interpreters.list_all()) == 2)
 */
#include "ext.h"

static PyObject *
call(PyObject *self, PyObject *function)
{
    return PyObject_CallNoArgs(function);
}

EXT_MODULE(t, EXT_O(call) EXT_TRAPS)
