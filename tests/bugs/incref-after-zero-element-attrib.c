/* SPDX-License-Identifier: MIT */
/* incref-after-zero: clear() of one thread is destroying the attributes of an
 * element when get() of another reads the field they were in, without a lock.
 *
 * The field is emptied by the dealloc of what it holds, which is too late; the
 * dealloc waits there, so that the reader always comes in between.
 *
 * like: python/cpython#157089, python/cpython#145568
 * needs: births
 * run: import t; t.clear()
 * exit: 66
 * report:
 *   refsan: incref-after-zero: incref of an object whose deallocation has begun
 *     object  ADDR  <t.Attributes>  ...
 *     incref by thread ... 'worker' ...:
 *       #0 ADDR in get ...incref-after-zero-element-attrib.c:@take ...
 *       #...
 *     because  its deallocation has begun on another thread
 *     ...
 */
#include "ext.h"

static PyObject *attributes; /* self->extra->attrib */

static void
get(void *unused)
{
    PyObject *found = attributes;

    if (found == NULL)
        return;
    Py_IncRef(found); // @take
#ifdef FIXED
    Py_DecRef(found);
#endif
}

static void
attributes_dealloc(PyObject *self)
{
    PyTypeObject *type = Py_TYPE(self);

    EXT_THREAD(get, NULL);
    attributes = NULL;
    PyObject_Free(self);
    Py_DECREF(type);
}

EXT_TYPE(attributes_spec, "t.Attributes", attributes_dealloc);

static PyObject *
clear(PyObject *self, PyObject *unused)
{
    PyObject *type = PyType_FromSpec(&attributes_spec);
    PyObject *old;

    attributes = PyObject_CallNoArgs(type);
    old = attributes;
#ifdef FIXED
    attributes = NULL;
#endif
    Py_DecRef(old);
    Py_DECREF(type);
    Py_RETURN_NONE;
}

EXT_MODULE(t, EXT_NOARGS(clear))
