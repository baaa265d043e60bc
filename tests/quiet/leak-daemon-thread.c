/* SPDX-License-Identifier: MIT */
/* A daemon thread's frames hold objects when the runtime ends. They are never
 * released, and nobody forgot to.
 *
 * needs: >=3.14
 * options: leaks=1
 * run:
 *   import t, threading
 *   held = threading.Event()
 *   def hold():
 *       made = t.make(1)
 *       held.set()
 *       threading.Event().wait()
 *   threading.Thread(target=hold, daemon=True).start()
 *   held.wait()
 */
#include "ext.h"

static PyObject *
make(PyObject *self, PyObject *object)
{
    return PyUnicode_FromFormat("made of %R", object);
}

EXT_MODULE(t, EXT_O(make))
