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
 *       ...
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

static PyType_Slot attributes_slots[] = {
    {Py_tp_dealloc, (void *)attributes_dealloc}, {0, NULL}};
static PyType_Spec attributes_spec = {
    .name = "t.Attributes",
    .basicsize = sizeof(PyObject),
    .flags = Py_TPFLAGS_DEFAULT,
    .slots = attributes_slots,
};

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
