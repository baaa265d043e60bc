/* SPDX-License-Identifier: MIT */
/* dealloc-discipline: a wrapper's dealloc hands it over to the tensor, which
 * is still in use, instead of destroying it; and then destroys it all the same.
 *
 * like: pytorch/pytorch#167564
 * needs: births, instrumented
 * run: import t; t.drop()
 * exit: 66
 * report:
 *   refsan: dealloc-discipline: the object was given references while its deallocation runs
 *     object  ADDR  <t.Wrapper>  ...
 *     memory freed by thread T1 ...:
 *       #0 ADDR in wrapper_dealloc ...dealloc-discipline-preserved.c:@free ...
 *       ...
 *     because  its count is 1: a reference was taken during its deallocation and not given back
 *     taken during its deallocation, and kept: incref by thread T1 ...:
 *       #0 ADDR in preserve ...dealloc-discipline-preserved.c:@take ...
 *       #1 ADDR in wrapper_dealloc ...
 *       ...
 *     reference count reached zero in decref by thread T1 ...:
 *       #0 ADDR in drop ...dealloc-discipline-preserved.c:@last ...
 *     ...
 */
#include "ext.h"

static struct tensor {
    int users;
    PyObject *wrapper; /* owned once nobody else owns it */
} tensor;

/* Owns the wrapper from now on? */
static int __attribute__((noinline)) preserve(PyObject *wrapper)
{
    if (tensor.users == 0)
        return 0;
    Py_INCREF(wrapper); // @take
    tensor.wrapper = wrapper;
    return 1;
}

static void
wrapper_dealloc(PyObject *self)
{
    PyTypeObject *type = Py_TYPE(self);

#ifdef FIXED
    if (preserve(self))
        return;
#else
    (void)preserve(self);
#endif
    PyObject_Free(self); // @free
    Py_DECREF(type);
}

EXT_TYPE(wrapper_spec, "t.Wrapper", wrapper_dealloc);

static PyObject *
drop(PyObject *self, PyObject *unused)
{
    PyObject *type = PyType_FromSpec(&wrapper_spec);
    PyObject *wrapper = PyObject_CallNoArgs(type);

    tensor.users = 1;
    Py_DECREF(wrapper); // @last
    tensor.users = 0;
#ifdef FIXED
    Py_CLEAR(tensor.wrapper);
#endif
    Py_DECREF(type);
    Py_RETURN_NONE;
}

EXT_MODULE(t, EXT_NOARGS(drop))
