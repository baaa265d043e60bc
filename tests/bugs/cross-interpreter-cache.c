/* SPDX-License-Identifier: MIT */
/* cross-interpreter: a static variable keeps an object of the interpreter that
 * came first, and every other one gets it, too.
 *
 * The module says that it supports interpreters with a GIL of their own. Each
 * needs a cache of its own then: FIXED keeps it in the module's state.
 *
 * needs: births
 * run:
 *   import _interpreters, t
 *   t.get()
 *   id = _interpreters.create()
 *   _interpreters.exec(id, "import t; t.get()")
 *   _interpreters.destroy(id)
 * exit: 66
 * story:
 *   cross-interpreter-cache.c:@share: error: dict counted by an interpreter that did not make it [cross-interpreter]
 *     incref, main thread
 *       NUM | Py_IncRef(CACHE(self)); // @share
 *            get < … ... frames of the standard library < <script>:1
 *     last incref before that, main thread
 *       NUM | Py_IncRef(CACHE(self)); // @share
 *            get < run.py:2
 *     object    <dict> ADDR, refcount 1, created by main thread
 *     fix       keep objects in the module's state (PyModule_GetState,
 *               PyType_GetModuleState), not in static variables: then each
 *               interpreter has its own; hand over plain data, not references …
 *     more      refsan explain cross-interpreter
 * report:
 *   refsan: cross-interpreter: object counted by an interpreter that did not create it
 *     object  ADDR  <dict>  refcount ... owner T1 'python...', live
 *     incref by thread T1 'python...':
 *       #0 in get cross-interpreter-cache.c:@share
 *       #...
 *     because  interpreter 0 created it, and this thread is attached to interpreter 1; they share neither GIL nor memory
 *     last operation seen before it: incref by thread T1 'python...':
 *       #0 in get cross-interpreter-cache.c:@share
 *       #1 in <module> run.py:2 (python)
 *     created by thread T1 'python...':
 *       (stack not recorded)
 *     history  oldest first: thread, operation, refcount, place
 *       1.  T1   incref              1 -> 2     in get cross-interpreter-cache.c:@share
 *       2.  T1   incref              1 -> 2     in get cross-interpreter-cache.c:@share
 *     fix      keep objects in the module's state (PyModule_GetState, PyType_GetModuleState), not in static variables: then each interpreter has its own; hand over plain data, not references; attach a thread with PyThreadState_Ensure (3.15), or with PyThreadState_New, for the object's interpreter: PyGILState_Ensure attaches to the main one; a module that cannot must not say Py_MOD_PER_INTERPRETER_GIL_SUPPORTED
 *     suppress cross-interpreter:get
 *     docs     docs/reports.md#cross-interpreter
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
