/* SPDX-License-Identifier: MIT */
/* tracemalloc takes the one PyRefTracer slot: births and deaths go unseen from
 * then on, and what the shadow remembers of an address may be of an object long
 * gone.
 *
 * trap: objects at addresses that were born unseen
 * run:
 *   import t, tracemalloc
 *   made = [[i] for i in range(2000)]
 *   before = set(map(id, made))
 *   tracemalloc.start()
 *   del made
 *   made = [[i] for i in range(2000)]
 *   t.entered("objects at addresses that were born unseen",
 *             tracemalloc.is_tracing() and not before.isdisjoint(map(id, made)))
 *   for one in made:
 *       t.use(one)
 *   tracemalloc.stop()
 *   del made, one
 *   made = [{i: i} for i in range(2000)]
 *   for one in made:
 *       t.use(one)
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
