/* SPDX-License-Identifier: MIT */
/* fork: the child has one thread, objects of the others, and goes on using and
 * destroying them.
 *
 * trap: a child that destroys another thread's objects
 * run:
 *   import os, t, threading
 *   made = []
 *   worker = threading.Thread(target=lambda: made.extend([[i] for i in range(50)]))
 *   worker.start()
 *   worker.join()
 *   pid = os.fork()
 *   used = 0
 *   while made:
 *       t.use(made.pop())
 *       used += 1
 *   if pid == 0:
 *       t.entered("a child that destroys another thread's objects", used == 50)
 *       os._exit(0)
 *   assert os.waitpid(pid, 0)[1] == 0
 */
#include "ext.h"

static PyObject *
use(PyObject *self, PyObject *object)
{
    Py_IncRef(object);
    Py_DecRef(object);
    Py_RETURN_NONE;
}

EXT_MODULE(t, EXT_O(use) EXT_TRAPS)
