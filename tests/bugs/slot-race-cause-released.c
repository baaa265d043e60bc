/* SPDX-License-Identifier: MIT */
/* slot-race: an exception's cause and context, and the field of a struct
 * sequence, are released after they were given away: the exception and the
 * sequence own the references, and release them once more.
 *
 * needs: births
 * run:
 *   import t
 *   t.set_cause(ValueError("outer"))
 *   t.set_context(ValueError("outer"))
 *   t.set_item()
 * exit: 66
 * story:
 *   slot-race-cause-released.c:@cause: error: one stored reference to KeyError released or handed out twice [slot-race]
 *     decref, main thread
 *       NUM | Py_DecRef(inner); // @cause
 *            set_cause < run.py:2
 *     given to a container, main thread
 *       NUM | PyException_SetCause(outer, inner);
 *            set_cause
 *     because   a container holds it, and there is no other reference
 *     object    <KeyError> ADDR, refcount 1,
 *               created by main thread at run.py:2
 *     fix       release only what is yours: a reference that was borrowed
 *               (PyList_GetItem, PyDict_GetItem) or stolen (PyList_SetItem,
 *               PyTuple_SetItem, also when they fail) belongs to the container …
 *     more      refsan explain slot-race
 * report:
 *   refsan: slot-race: one stored reference is handed out or released twice
 *     object  ADDR  <KeyError>  ...
 *     decref by thread T1 ...:
 *       #0 ADDR in set_cause ...slot-race-cause-released.c:@cause ...
 *       #...
 *     because  a container holds it, and there is no other reference
 *     ...
 *   refsan: slot-race: one stored reference is handed out or released twice
 *     object  ADDR  <KeyError>  ...
 *     decref by thread T1 ...:
 *       #0 ADDR in set_context ...slot-race-cause-released.c:@context ...
 *       #...
 *     because  a container holds it, and there is no other reference
 *     ...
 *   refsan: slot-race: one stored reference is handed out or released twice
 *     object  ADDR  <list>  ...
 *     decref by thread T1 ...:
 *       #0 ADDR in set_item ...slot-race-cause-released.c:@item ...
 *       #...
 *     because  a container holds it, and there is no other reference
 *     ...
 */
#include "ext.h"

static PyObject *
set_cause(PyObject *self, PyObject *outer)
{
    PyObject *inner = PyObject_CallFunction(PyExc_KeyError, "s", "inner");

    PyException_SetCause(outer, inner);
#ifndef FIXED
    Py_DecRef(inner); // @cause
#endif
    Py_RETURN_NONE;
}

static PyObject *
set_context(PyObject *self, PyObject *outer)
{
    PyObject *inner = PyObject_CallFunction(PyExc_KeyError, "s", "inner");

    PyException_SetContext(outer, inner);
#ifndef FIXED
    Py_DecRef(inner); // @context
#endif
    Py_RETURN_NONE;
}

static PyStructSequence_Field fields[] = {{"one", NULL}, {NULL, NULL}};
static PyStructSequence_Desc description = {
    .name = "t.Pair",
    .fields = fields,
    .n_in_sequence = 1,
};

static PyObject *
set_item(PyObject *self, PyObject *unused)
{
    PyTypeObject *type = PyStructSequence_NewType(&description);
    PyObject *sequence = PyStructSequence_New(type);
    PyObject *item = PyList_New(0);

    PyStructSequence_SetItem(sequence, 0, item);
#ifndef FIXED
    Py_DecRef(item); // @item
#endif
    Py_DECREF(sequence);
    Py_DECREF(type);
    Py_RETURN_NONE;
}

EXT_MODULE(t, EXT_O(set_cause) EXT_O(set_context) EXT_NOARGS(set_item))
