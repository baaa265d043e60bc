/* SPDX-License-Identifier: MIT */
/* Bindings that write the mark of immortality themselves, into what nobody
 * else has seen: an object of their own, and their types, whose shared half
 * the interpreter goes on using. Then everybody counts them.
 *
 * needs: stock
 * trap: a mark of immortality written by hand
 * run:
 *   import t
 *   t.make()
 */
#include "ext.h"

static PyType_Slot bound_slots[] = {{0, NULL}};
static PyType_Spec bound_spec = {
    .name = "t.Bound",
    .basicsize = sizeof(PyObject),
    .flags = Py_TPFLAGS_DEFAULT,
    .slots = bound_slots,
};

static void
make_immortal(PyObject *object)
{
#ifdef Py_GIL_DISABLED
    object->ob_tid = 0;
    object->ob_ref_local = UINT32_MAX;
    object->ob_ref_shared = 0;
#else
    object->ob_refcnt = Py_None->ob_refcnt;
#endif
}

static void
use(void *object)
{
    for (int i = 0; i < 10; i++) {
        Py_IncRef((PyObject *)object);
        Py_DecRef((PyObject *)object);
        Py_INCREF((PyObject *)object);
    }
}

static PyObject *
make(PyObject *self, PyObject *unused)
{
    PyObject *type = PyType_FromSpec(&bound_spec);
    PyObject *object;

    if (type == NULL)
        return NULL;
    make_immortal(type);
    object = PyObject_CallNoArgs(type);
    make_immortal(object);
    EXT_ENTERED("a mark of immortality written by hand",
                !ext_is_counted(object) && !ext_is_counted(type));
    use(object);
    use(type);
    EXT_THREAD(use, object);
    EXT_THREAD(use, type);
    return object;
}

EXT_MODULE(t, EXT_NOARGS(make))
