/* SPDX-License-Identifier: MIT */
/* leak: a dealloc does not release the reference to its heap type.
 *
 * An instance of a heap type owns a reference to its type, from tp_alloc on. The
 * dealloc frees the memory and forgets the type: its count grows by one with
 * every instance, and the type never dies.
 *
 * like: aio-libs/multidict#1380, aio-libs/multidict#1311
 * needs: >=3.14 instrumented
 * options: leaks=1
 * run:
 *   import t
 *   View = t.make_type()
 *   View()
 * exit: 66
 * report:
 *   refsan: leak: a reference was never released
 *     object  ADDR  <t.View>  ...
 *     deallocation began by thread T1 ...:
 *     ...
 *     because  its dealloc freed it without releasing its reference to its type
 *     ...
 */
#include "ext.h"

struct view {
    PyObject_HEAD
    PyObject *of;
};

static void
view_dealloc(PyObject *self)
{
    PyTypeObject *type = Py_TYPE(self);

    Py_XDECREF(((struct view *)self)->of);
    PyObject_Free(self);
#ifdef FIXED
    Py_DECREF(type);
#else
    (void)type;
#endif
}

static PyType_Slot view_slots[] = {{Py_tp_dealloc, (void *)view_dealloc},
                                   {0, NULL}};
static PyType_Spec view_spec = {
    .name = "t.View",
    .basicsize = sizeof(struct view),
    .flags = Py_TPFLAGS_DEFAULT,
    .slots = view_slots,
};

static PyObject *
make_type(PyObject *self, PyObject *unused)
{
    return PyType_FromSpec(&view_spec);
}

EXT_MODULE(t, EXT_NOARGS(make_type))
