/* SPDX-License-Identifier: MIT */
/* leak: a C++ binding's dealloc destroys what it holds, ends in tp_free, and does
 * not release the reference to its heap type.
 *
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

#include <memory>

struct release {
    void operator()(PyObject *object) const
    {
        Py_DECREF(object);
    }
};

struct view {
    PyObject base;
    PyObject *of;
};

static void
view_dealloc(PyObject *self)
{
    PyTypeObject *type = Py_TYPE(self);
    std::unique_ptr<PyObject, release> of(((view *)self)->of);

    type->tp_free(self);
#ifdef FIXED
    Py_DECREF(type);
#endif
}

static PyType_Slot view_slots[] = {{Py_tp_dealloc, (void *)view_dealloc},
                                   {0, nullptr}};
static PyType_Spec view_spec = {
    "t.View",   sizeof(view), 0, Py_TPFLAGS_DEFAULT | Py_TPFLAGS_BASETYPE,
    view_slots,
};

static PyObject *
make_type(PyObject *self, PyObject *unused)
{
    return PyType_FromSpec(&view_spec);
}

EXT_MODULE(t, EXT_NOARGS(make_type))
