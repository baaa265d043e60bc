/* SPDX-License-Identifier: MIT */
/* One extension in several interpreters, each with a GIL of its own, one after
 * another and at once: the same immortal objects and the same addresses, owned
 * by interpreters that end and take everything with them.
 *
 * needs: >=3.13
 * trap: one module in ten interpreters
 * run:
 *   import t, threading
 *   import _interpreters
 *   code = "import t\nfor n in range(50): t.use([n])\nt.use(None)\nkept = [t]"
 *   def run():
 *       for _ in range(3):
 *           id = _interpreters.create()
 *           assert _interpreters.exec(id, code) is None
 *           _interpreters.destroy(id)
 *           t.use([id])
 *   run()
 *   threads = [threading.Thread(target=run) for _ in range(2)]
 *   for thread in threads:
 *       thread.start()
 *   for thread in threads:
 *       thread.join()
 *   t.entered("one module in ten interpreters", t.count_interpreters() == 10)
 */
#include "ext_interpreters.h"

static PyObject *
use(PyObject *self, PyObject *object)
{
    note_interpreter();
    Py_IncRef(object);
    Py_INCREF(object);
    Py_DecRef(object);
    Py_DECREF(object);
    Py_RETURN_NONE;
}

EXT_MODULE(t, EXT_O(use) EXT_NOARGS(count_interpreters) EXT_TRAPS)
