/* SPDX-License-Identifier: MIT */
/* A daemon thread's frames hold objects when the runtime ends. They are never
 * released, and nobody forgot to.
 *
 * needs: >=3.14
 * trap: a daemon thread that is there at the end
 * options: leaks=1
 * run:
 *   import atexit, t, threading
 *   held = threading.Event()
 *   def hold():
 *       made = t.make(1)
 *       held.set()
 *       threading.Event().wait()
 *   threading.Thread(target=hold, daemon=True).start()
 *   held.wait()
 *   atexit.register(lambda: t.entered("a daemon thread that is there at the end",
 *                                     threading.active_count() == 2))
 */
#include "ext.h"

static PyObject *
make(PyObject *self, PyObject *object)
{
    return PyUnicode_FromFormat("made of %R", object);
}

EXT_MODULE(t, EXT_O(make) EXT_TRAPS)
