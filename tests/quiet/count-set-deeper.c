/* SPDX-License-Identifier: MIT */
/* An object is kept by its dealloc, which Python code's last reference called,
 * and is used again from a place that is further in: nothing shows that the
 * dealloc is over but that nobody saw it begin.
 *
 * needs: ft >=3.14 births instrumented
 * trap: a count that is set deeper than the dealloc ran
 * run:
 *   import t
 *   for i in range(3):
 *       thing = t.make()
 *       del thing
 */
#include "ext.h"

static PyTypeObject Thing;
static PyObject *kept;
static int again;

static void
use(void *thing)
{
    Py_IncRef((PyObject *)thing);
    Py_DecRef((PyObject *)thing);
}

static void
keep(PyObject *self)
{
    kept = self;
}

static PyTypeObject Thing = {
    PyVarObject_HEAD_INIT(NULL, 0).tp_name = "t.Thing",
    .tp_basicsize = sizeof(PyObject),
    .tp_flags = Py_TPFLAGS_DEFAULT,
    .tp_dealloc = keep,
};

static __attribute__((noinline)) PyObject *
take_again(int depth)
{
    char room[4096];
    PyObject *thing;

    __asm__ volatile("" : : "r"(room) : "memory"); /* it is there … */
    if (depth > 0) {
        thing = take_again(depth - 1);
        __asm__ volatile("" : : "r"(room) : "memory"); /* … until now */
        return thing;
    }
    thing = kept;
    kept = NULL;
    Py_SET_REFCNT(thing, 1);
    if (++again == 2)
        EXT_ENTERED("a count that is set deeper than the dealloc ran",
                    again == 2);
    return thing;
}

static PyObject *
make(PyObject *self, PyObject *unused)
{
    PyObject *thing;

    if (kept != NULL)
        return take_again(8);
    thing = PyObject_New(PyObject, &Thing);
    EXT_THREAD(use, thing);
    return thing;
}

static int
ready(PyObject *module)
{
    return PyType_Ready(&Thing);
}

EXT_MODULE_EXEC(t, ready, EXT_NOARGS(make))
