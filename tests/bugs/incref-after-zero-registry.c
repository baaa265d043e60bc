/* SPDX-License-Identifier: MIT */
/* incref-after-zero: a registry of unowned pointers hands out a wrapper that
 * another thread is destroying.
 *
 * The wrapper's dealloc waits until the look-up has happened, so the look-up
 * always meets a dying object.
 *
 * like: pybind/pybind11#5489
 * needs: births
 * run: import t; t.race()
 * exit: 66
 * report:
 *   refsan: incref-after-zero: incref of an object whose deallocation has begun
 *     object  ADDR  <t.Wrapper>  ...
 *     incref by thread ... 'worker' ...:
 *       #0 ADDR in look_up ...incref-after-zero-registry.c:@take ...
 *       #...
 *     because  its deallocation has begun on another thread
 *     ...
 *     ... by thread T1 ...:
 *       ...
 */
#include "ext.h"

static PyObject *registered;
static struct ext_thread reader;
static struct ext_gate looked_up;

static void
look_up(void *unused)
{
    PyObject *found = registered;

#ifdef FIXED
    found = NULL; /* the dealloc had unregistered it, under the same lock */
#endif
    if (found != NULL)
        Py_IncRef(found); // @take
    ext_gate_open(&looked_up);
}

static void
wrapper_dealloc(PyObject *self)
{
    PyTypeObject *type = Py_TYPE(self);

    ext_thread_start(&reader);
    ext_gate_wait(&looked_up);
    ext_thread_join(&reader);
    PyObject_Free(self);
    Py_DECREF(type);
}

EXT_TYPE(wrapper_spec, "t.Wrapper", wrapper_dealloc);

static PyObject *
race(PyObject *self, PyObject *unused)
{
    PyObject *type = PyType_FromSpec(&wrapper_spec);
    PyObject *wrapper = PyObject_CallNoArgs(type);

    ext_gate_make(&looked_up);
    reader.function = look_up;
    reader.is_attached = 1;
    registered = wrapper;
    Py_DecRef(wrapper);
    Py_DECREF(type);
    Py_RETURN_NONE;
}

EXT_MODULE(t, EXT_NOARGS(race))
