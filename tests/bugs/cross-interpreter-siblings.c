/* SPDX-License-Identifier: MIT */
/* cross-interpreter: the object is shared by two interpreters on two threads, and
 * the main one has nothing to do with it.
 *
 * The workers of an InterpreterPoolExecutor have an interpreter each. The one
 * that asks first makes the object.
 *
 * like: python/cpython#136423
 * needs: >=3.14 births
 * run:
 *   import _interpreters, threading
 *   ids = [_interpreters.create() for _ in range(2)]
 *   for id in ids:
 *       code = "import t; t.get()"
 *       thread = threading.Thread(target=_interpreters.exec, args=(id, code))
 *       thread.start()
 *       thread.join()
 *   for id in ids:
 *       _interpreters.destroy(id)
 * exit: 66
 * report:
 *   refsan: cross-interpreter: object counted by an interpreter that did not create it
 *     object  ADDR  <dict>  ...interpreter NUM
 *     incref by thread ...:
 *       #0 ADDR in get ...cross-interpreter-siblings.c:@share ...
 *       ...
 *     because  interpreter NUM created it, and this thread is attached to interpreter NUM; they share neither GIL nor memory
 *     ...
 */
#include "ext.h"

#ifdef FIXED
struct state {
    PyObject *cache;
};
#define CACHE(module)   (((struct state *)PyModule_GetState(module))->cache)
#define EXT_STATE_BYTES sizeof(struct state)
#else
static PyObject *the_cache;
#define CACHE(module)   the_cache
#define EXT_STATE_BYTES 0
#endif

static PyObject *
get(PyObject *self, PyObject *unused)
{
    if (CACHE(self) == NULL)
        CACHE(self) = PyDict_New();
    Py_IncRef(CACHE(self)); // @share
    return CACHE(self);
}

EXT_MODULE_STATE(t, EXT_STATE_BYTES, EXT_NOARGS(get))
