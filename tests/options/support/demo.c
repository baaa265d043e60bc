/* SPDX-License-Identifier: MIT */
/* demo: small mistakes on demand, and operations to fill refsan's memory. For
 * tests/options; built for one interpreter by support/__init__.py. */
#include "ext.h"

#include <stdint.h>

/* An error: a reference taken while the GIL is released. */
static PyObject *
detached(PyObject *self, PyObject *object)
{
    Py_BEGIN_ALLOW_THREADS
    Py_IncRef(object);
    Py_END_ALLOW_THREADS
    Py_DecRef(object);
    Py_RETURN_NONE;
}

/* A warning: a str cannot be made immortal. */
static __attribute__((noinline)) PyObject *
refused(PyObject *self, PyObject *unused)
{
    PyObject *text = PyUnicode_FromString("a text that nobody has interned");

    PyUnstable_SetImmortal(text);
    return text;
}

/* Operations that are seen, on one object. */
static PyObject *
count(PyObject *self, PyObject *args)
{
    PyObject *object;
    int times;

    if (!PyArg_ParseTuple(args, "Oi", &object, &times))
        return NULL;
    for (int i = 0; i < times; i++) {
        Py_IncRef(object);
        Py_DecRef(object);
    }
    Py_RETURN_NONE;
}

static void
touch(void *object)
{
    Py_IncRef(object);
    Py_DecRef(object);
}

/* A second thread makes each object of a list one that refsan remembers. */
static void
touch_all(void *list)
{
    for (Py_ssize_t i = 0; i < PyList_GET_SIZE((PyObject *)list); i++)
        touch(PyList_GET_ITEM((PyObject *)list, i));
}

static PyObject *
share(PyObject *self, PyObject *list)
{
    EXT_THREAD(touch_all, list);
    Py_RETURN_NONE;
}

/* refused(), `depth` calls down. */
static __attribute__((noinline)) int
descend(int depth)
{
    volatile int more = depth;

    if (more > 0)
        return descend(more - 1) + more;
    Py_XDECREF(refused(NULL, NULL));
    return more;
}

static PyObject *
deep(PyObject *self, PyObject *depth)
{
    return PyLong_FromLong(descend((int)PyLong_AsLong(depth)));
}

EXT_MODULE(demo, EXT_O(detached) EXT_NOARGS(refused) EXT_VARARGS(count)
                     EXT_O(share) EXT_O(deep))
