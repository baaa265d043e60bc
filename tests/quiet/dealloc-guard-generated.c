/* SPDX-License-Identifier: MIT */
/* What generated code does around the user's __dealloc__: the count is set one
 * up, so that what is called may count the object, and one down again. With a
 * GIL nobody comes in between. (Free-threaded builds: a bug,
 * dealloc-discipline.)
 *
 * needs: gil
 * trap: a dealloc with a count that was set one up
 * run:
 *   import t
 *   Node = t.make_type()
 *   for _ in range(10):
 *       node = Node()
 *       del node
 *       t.drop()
 *   assert t.deaths() == 20
 */
#include "ext.h"

static PyObject *type_made;
static long died;

static void
user_dealloc(PyObject *self)
{
    PyObject *text;

    EXT_ENTERED("a dealloc with a count that was set one up",
                ext_refcount(self) == 1);
    Py_INCREF(self);
    text = PyUnicode_FromFormat("%p", (void *)self);
    Py_XDECREF(text);
    Py_DECREF(self);
    Py_IncRef(self);
    Py_DecRef(self);
    died++;
}

static void
node_dealloc(PyObject *self)
{
    PyTypeObject *type = Py_TYPE(self);

    Py_SET_REFCNT(self, Py_REFCNT(self) + 1);
    user_dealloc(self);
    Py_SET_REFCNT(self, Py_REFCNT(self) - 1);
    PyObject_Free(self);
    Py_DECREF(type);
}

EXT_TYPE(node_spec, "t.Node", node_dealloc);

static PyObject *
make_type(PyObject *self, PyObject *unused)
{
    type_made = PyType_FromSpec(&node_spec);
    return Py_NewRef(type_made);
}

static PyObject *
drop(PyObject *self, PyObject *unused)
{
    Py_DecRef(PyObject_CallNoArgs(type_made));
    Py_RETURN_NONE;
}

static PyObject *
deaths(PyObject *self, PyObject *unused)
{
    return PyLong_FromLong(died);
}

EXT_MODULE(t, EXT_NOARGS(make_type) EXT_NOARGS(drop) EXT_NOARGS(deaths))
