/* SPDX-License-Identifier: MIT */
/* Before 3.15 nobody is told that tracemalloc has taken the PyRefTracer slot.
 * Values that died before it did were made anew since, unseen, and are let go
 * for good by an extension: its last reference is the object's last.
 *
 * trap: objects where others died that were seen
 * run:
 *   import t, tracemalloc
 *   numbers = range(1000, 3000)
 *   made = [number / 7 for number in numbers] + [[number] for number in numbers]
 *   before = set(map(id, made))
 *   del made
 *   tracemalloc.start()
 *   made = [number / 7 for number in numbers] + [[number] for number in numbers]
 *   t.entered("objects where others died that were seen",
 *             tracemalloc.is_tracing() and not before.isdisjoint(map(id, made)))
 *   t.drop(made)
 *   tracemalloc.stop()
 *   made = [number / 7 for number in numbers] + [[number] for number in numbers]
 *   t.drop(made)
 */
#include "ext.h"

static PyObject *
drop(PyObject *self, PyObject *list)
{
    for (Py_ssize_t i = 0; i < PyList_Size(list); i++) {
        PyObject *item = Py_NewRef(PyList_GetItem(list, i));

        PyList_SetItem(list, i, Py_NewRef(Py_None));
        Py_DECREF(item);
    }
    Py_RETURN_NONE;
}

EXT_MODULE(t, EXT_O(drop) EXT_TRAPS)
