/* SPDX-License-Identifier: MIT */
/* Another tool has the one PyRefTracer slot, and nobody was told. What is there at
 * the end has the addresses of objects that this module made, and may be anything.
 *
 * needs: >=3.15
 * options: leaks=1
 * trap: objects made where others died unseen
 * run:
 *   import t
 *   t.make()
 *   t.take_slot()
 *   t.make_anew()
 */
#include "ext.h"

#include <dlfcn.h>

#define COUNT 1000

static uintptr_t hidden[COUNT]; /* no pointers */

static int traced;

static int
trace(PyObject *object, PyRefTracerEvent event, void *data)
{
    traced++;
    return 0;
}

static PyObject *
make(PyObject *self, PyObject *unused)
{
    for (int i = 0; i < COUNT; i++)
        hidden[i] = ~(uintptr_t)PyUnicode_FromFormat("made: %d", i);
    Py_RETURN_NONE;
}

static PyObject *
take_slot(PyObject *self, PyObject *unused)
{
    int (*set)(PyRefTracer, void *);

    *(void **)&set = dlsym(RTLD_DEFAULT, "PyRefTracer_SetTracer");
    if (set == NULL || set(trace, NULL) < 0)
        abort();
    Py_RETURN_NONE;
}

static PyObject *
make_anew(PyObject *self, PyObject *unused)
{
    for (int i = 0; i < COUNT; i++)
        Py_DECREF((PyObject *)~hidden[i]);
    EXT_ENTERED("objects made where others died unseen", traced > 0);
    return make(self, unused);
}

EXT_MODULE(t, EXT_NOARGS(make) EXT_NOARGS(take_slot) EXT_NOARGS(make_anew))
