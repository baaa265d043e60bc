/* SPDX-License-Identifier: MIT */
/* incref-after-zero: an item of the module's own type is borrowed from a list or
 * a dict, which drops it in a call that has returned when the reference is
 * taken.
 *
 * needs: births >=3.14
 * run: import t; t.set_slice(t.Item); t.set_item(t.Item); t.dict_del(t.Item)
 * exit: 66
 * report:
 *   refsan: incref-after-zero: incref of an object whose deallocation has begun
 *     object  ADDR  <t.Item>  ...
 *     incref by thread T1 ...:
 *       #0 ADDR in set_slice ...incref-after-zero-popped-own-type.c:@set_slice ...
 *       #...
 *     because  its deallocation is over
 *     ...
 *   refsan: incref-after-zero: incref of an object whose deallocation has begun
 *     object  ADDR  <t.Item>  ...
 *     incref by thread T1 ...:
 *       #0 ADDR in set_item ...incref-after-zero-popped-own-type.c:@set_item ...
 *       #...
 *     because  its deallocation is over
 *     ...
 *   refsan: incref-after-zero: incref of an object whose deallocation has begun
 *     object  ADDR  <t.Item>  ...
 *     incref by thread T1 ...:
 *       #0 ADDR in dict_del ...incref-after-zero-popped-own-type.c:@dict_del ...
 *       #...
 *     because  its deallocation is over
 *     ...
 */
#include "ext.h"

/* Keeps the memory of what died, so that nothing takes its place. */
static PyObject *graveyard[4];
static int graves;

static void
item_dealloc(PyObject *self)
{
    graveyard[graves++ % 4] = self;
}

static PyTypeObject Item = {
    PyVarObject_HEAD_INIT(NULL, 0).tp_name = "t.Item",
    .tp_basicsize = sizeof(PyObject),
    .tp_flags = Py_TPFLAGS_DEFAULT,
    .tp_dealloc = item_dealloc,
    .tp_new = PyType_GenericNew,
};

static void
use(PyObject *item)
{
#ifdef FIXED
    Py_DECREF(item);
#else
    (void)item;
#endif
}

static PyObject *
borrow(PyObject *list)
{
    PyObject *item = PyList_GetItem(list, 0);

#ifdef FIXED
    Py_INCREF(item);
#endif
    return item;
}

static PyObject *
make(PyObject *type)
{
    PyObject *list = PyList_New(0), *item = PyObject_CallNoArgs(type);

    PyList_Append(list, item);
    Py_DECREF(item);
    return list;
}

static PyObject *
set_slice(PyObject *self, PyObject *type)
{
    PyObject *list = make(type), *item = borrow(list);

    PyList_SetSlice(list, 0, 1, NULL);
    Py_IncRef(item); // @set_slice
    Py_DecRef(item);
    use(item);
    Py_DECREF(list);
    Py_RETURN_NONE;
}

static PyObject *
set_item(PyObject *self, PyObject *type)
{
    PyObject *list = make(type), *item = borrow(list);

    PyList_SetItem(list, 0, Py_NewRef(Py_None));
    Py_IncRef(item); // @set_item
    Py_DecRef(item);
    use(item);
    Py_DECREF(list);
    Py_RETURN_NONE;
}

static PyObject *
dict_del(PyObject *self, PyObject *type)
{
    PyObject *list = make(type), *dict = PyDict_New(), *item = borrow(list);

    PyDict_SetItemString(dict, "item", item);
    Py_DECREF(list);
    PyDict_DelItemString(dict, "item");
    Py_IncRef(item); // @dict_del
    Py_DecRef(item);
    use(item);
    Py_DECREF(dict);
    Py_RETURN_NONE;
}

static int
add_type(PyObject *module)
{
    return PyModule_AddType(module, &Item);
}

EXT_MODULE_EXEC(t, add_type, EXT_O(set_slice) EXT_O(set_item) EXT_O(dict_del))
