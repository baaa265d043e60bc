/* SPDX-License-Identifier: MIT */
/* unique-check-race: an operator writes its result over the left operand when
 * that is a temporary, which is to be seen from its count of 1. The operand
 * belongs to another thread, which counts references of its own.
 *
 * like: numpy/numpy#29649
 * needs: ft >=3.14
 * options: warnings_are_errors=1
 * run: import t; t.add_elsewhere()
 * exit: 66
 * report:
 *   refsan: unique-check-race: a reference count of 1 was read where it does not mean one reference
 *     object  ADDR  <t.Array>  ...owner T1 ...
 *     reference count read by thread ... 'worker' ...:
 *       #0 ADDR in array_add ...unique-check-race-temporary.c:@ask ...
 *       #...
 *     because  it is owned by T1 'python...', not by this thread
 *     ...
 */
#include "ext.h"

static PyObject *
array_add(PyObject *left, PyObject *right)
{
#ifdef FIXED
    int is_temporary = PyUnstable_Object_IsUniquelyReferenced(left);
#else
    int is_temporary = (Py_REFCNT)(left) == 1; // @ask
#endif

    return is_temporary ? Py_NewRef(left)
                        : PyObject_CallNoArgs((PyObject *)Py_TYPE(left));
}

static PyType_Slot array_slots[] = {{Py_nb_add, (void *)array_add}, {0, NULL}};
static PyType_Spec array_spec = {
    .name = "t.Array",
    .basicsize = sizeof(PyObject),
    .flags = Py_TPFLAGS_DEFAULT,
    .slots = array_slots,
};

static void
add(void *array)
{
    Py_XDECREF(PyNumber_Add((PyObject *)array, Py_None));
}

static PyObject *
add_elsewhere(PyObject *self, PyObject *unused)
{
    PyObject *type = PyType_FromSpec(&array_spec);
    PyObject *array = PyObject_CallNoArgs(type);

    EXT_THREAD(add, array);
    Py_DECREF(type);
    return array;
}

EXT_MODULE(t, EXT_NOARGS(add_elsewhere))
