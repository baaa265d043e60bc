/* SPDX-License-Identifier: MIT */
/* References that live as long as the runtime, or that it drops late: a last
 * exception with its traceback and frames, exit callbacks, caches of Python's,
 * an instance of a class that is never collected.
 *
 * needs: >=3.14
 * trap:
 *   an exception kept to the end
 *   a cycle that nobody collects
 * options: leaks=1
 * run:
 *   import atexit, functools, gc, sys, t, weakref
 *   def fail(made):
 *       raise ValueError(made)
 *   try:
 *       fail(t.make(1))
 *   except ValueError as error:
 *       sys.last_exc = error
 *       sys.last_value = error
 *       sys.last_traceback = error.__traceback__
 *   atexit.register(print, t.make(2), file=sys.stderr)
 *   cached = functools.lru_cache(None)(t.make)
 *   cached(3)
 *   class Node:
 *       pass
 *   gc.disable()
 *   node = Node()
 *   node.self, node.made, node.weak = node, t.make(4), weakref.ref(node)
 *   def say(alive=node.weak):
 *       t.entered("an exception kept to the end", sys.last_exc is not None)
 *       t.entered("a cycle that nobody collects", alive() is not None)
 *   atexit.register(say)
 *   del node
 *   sys.modules["made"] = t.make(5)
 *   sys.setprofile(lambda *args, made=t.make(6): None)
 *   generator = (made for made in [t.make(7)])
 *   next(generator)
 */
#include "ext.h"

static PyObject *
make(PyObject *self, PyObject *object)
{
    PyObject *words = PyObject_Repr(object);
    PyObject *made = PyTuple_Pack(2, object, words);

    Py_DECREF(words);
    return made;
}

EXT_MODULE(t, EXT_O(make) EXT_TRAPS)
