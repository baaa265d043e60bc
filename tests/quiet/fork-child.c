/* SPDX-License-Identifier: MIT */
/* fork: the child has one thread, objects of the others, and goes on using and
 * destroying them.
 *
 * run:
 *   import os, t, threading
 *   made = []
 *   worker = threading.Thread(target=lambda: made.extend([[i] for i in range(50)]))
 *   worker.start()
 *   worker.join()
 *   pid = os.fork()
 *   while made:
 *       t.use(made.pop())
 *   if pid == 0:
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

EXT_MODULE(t, EXT_O(use))
