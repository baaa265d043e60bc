/* SPDX-License-Identifier: MIT */
/* immortalize-refused: a heap type is asked to become immortal right after it
 * was made. It is never uniquely referenced: its method resolution order and
 * its own tables hold it.
 *
 * like: python/cpython#150956
 * needs: >=3.15
 * options: warnings_are_errors=1
 * run: import t; t.make()
 * exit: 66
 * report:
 *   refsan: immortalize-refused: PyUnstable_SetImmortal returned 0: the object stays mortal
 *     object  ADDR  <type>  ...
 *     refused to become immortal by thread T1 ...:
 *       #0 ADDR in make ...immortalize-refused-fresh-type.c:@ask ...
 *       #...
 *     because  it has ... references
 *   ...
 *              the interpreter refused: it stays mortal
 *     ...
 */
#include "ext.h"

static PyType_Slot thing_slots[] = {{0, NULL}};
static PyType_Spec thing_spec = {
    .name = "t.Thing",
    .basicsize = sizeof(PyObject),
    .flags = Py_TPFLAGS_DEFAULT,
    .slots = thing_slots,
};

static PyObject *
make(PyObject *self, PyObject *unused)
{
    PyObject *type = PyType_FromSpec(&thing_spec);
    PyObject *thing = PyObject_CallNoArgs(type);

#ifdef FIXED
    (void)PyUnstable_SetImmortal(thing);
#else
    (void)PyUnstable_SetImmortal(type); // @ask
#endif
    Py_DECREF(type);
    return thing;
}

EXT_MODULE(t, EXT_NOARGS(make))
