/* SPDX-License-Identifier: MIT */
/* Every operation that instrumented code announces, used rightly, also where a
 * macro is easily got wrong: arguments with side effects, comma expressions,
 * addresses of functions and of slots.
 *
 * needs: instrumented
 * trap:
 *   arguments with side effects
 *   slots that others may see
 * run:
 *   import t
 *   for _ in range(3):
 *       assert t.count([object()]) == 0
 *       assert t.store(object()) == 0
 *       assert t.replace(object()) == 0
 *       t.lock([object()])
 */
#include "ext.h"

static PyObject *
next_of(PyObject **objects, int *calls)
{
    return objects[(*calls)++];
}

static PyObject *
count(PyObject *self, PyObject *object)
{
    void (*take)(PyObject *) = &Py_IncRef;
    void (*give)(PyObject *) = Py_DecRef;
    PyObject *objects[8] = {object, object, object, object,
                            object, object, object, object};
    Py_ssize_t before = Py_REFCNT(object);
    PyObject *kept = NULL, *other = NULL;
    int calls = 0;

    take(object), give(object);
    Py_INCREF(next_of(objects, &calls)), Py_DECREF(next_of(objects, &calls));
    Py_XINCREF(next_of(objects, &calls));
    Py_XDECREF(next_of(objects, &calls));
    kept = Py_NewRef(next_of(objects, &calls));
    other = calls == 5 ? Py_XNewRef(next_of(objects, &calls)) : NULL;
    (void)Py_XNewRef(NULL);
    Py_XINCREF(NULL);
    Py_XDECREF(NULL);
    Py_IncRef(next_of(objects, &calls));
    Py_DecRef(next_of(objects, &calls));
    Py_IncRef(NULL);
    Py_SETREF(kept, Py_NewRef(Py_None));
    Py_XSETREF(other, NULL);
    Py_CLEAR(kept);
    Py_CLEAR(kept);
    EXT_ENTERED("arguments with side effects", calls == 8);
    return PyLong_FromSsize_t(Py_REFCNT(object) - before);
}

/* Each argument once, the new value last, also where others may see the variable.
 */
static PyObject *fields[3];
static PyTypeObject *field_of_type;

static PyObject **
next_field(int *calls)
{
    return &fields[(*calls)++];
}

static PyObject *
replace(PyObject *self, PyObject *object)
{
    Py_ssize_t before = Py_REFCNT(object);
    int calls = 0;

    fields[0] = Py_NewRef(object);
    fields[2] = Py_NewRef(object);
    Py_SETREF(*next_field(&calls), (calls == 1 ? Py_NewRef(object) : NULL));
    Py_XSETREF(*next_field(&calls), Py_NewRef(fields[0]));
    Py_CLEAR(*next_field(&calls));
    EXT_ENTERED("slots that others may see",
                calls == 3 && fields[0] == object && fields[1] == object &&
                    fields[2] == NULL);
    for (calls = 0; calls < 3; calls++)
        Py_CLEAR(fields[calls]);
    field_of_type = (PyTypeObject *)Py_NewRef(Py_TYPE(object));
    Py_SETREF(field_of_type, (PyTypeObject *)Py_NewRef(Py_TYPE(object)));
    Py_CLEAR(field_of_type);
    return PyLong_FromSsize_t(Py_REFCNT(object) - before);
}

static PyObject *
store(PyObject *self, PyObject *object)
{
    PyObject *list = PyList_New(2);
    PyObject *pair = PyTuple_New(1), *empty = PyTuple_New(0);
    Py_ssize_t before = Py_REFCNT(object);
    PyObject **end = &PyTuple_GET_ITEM(empty, 0);
    size_t index = 0;

    PyList_SET_ITEM(list, index++, Py_NewRef(object));
    PyList_SET_ITEM(list, index--, NULL);
    (PyTuple_SET_ITEM(pair, 0, Py_NewRef(object)), (void)end);
    if (PyList_GET_ITEM(list, index) != PyTuple_GET_ITEM(pair, 0) ||
        PySequence_Fast_GET_ITEM(list, 1) != NULL)
        Py_RETURN_NONE;
    Py_DECREF(list);
    Py_DECREF(pair);
    Py_DECREF(empty);
    return PyLong_FromSsize_t(Py_REFCNT(object) - before);
}

static PyObject *
lock(PyObject *self, PyObject *object)
{
#ifdef PyMutex_Lock
    static PyMutex mutex;

    PyMutex_Lock(&mutex);
    Py_INCREF(object);
    PyMutex_Unlock(&mutex);
    Py_DECREF(object);
#endif
#ifdef Py_BEGIN_CRITICAL_SECTION
    Py_BEGIN_CRITICAL_SECTION(object);
    Py_BEGIN_CRITICAL_SECTION2(self, object);
    Py_INCREF(object);
    Py_DECREF(object);
    Py_END_CRITICAL_SECTION2();
    Py_END_CRITICAL_SECTION();
#endif
    Py_BEGIN_ALLOW_THREADS
    Py_BLOCK_THREADS
    Py_INCREF(object);
    Py_UNBLOCK_THREADS
    Py_END_ALLOW_THREADS
    Py_DECREF(object);
    Py_RETURN_NONE;
}

EXT_MODULE(t, EXT_O(count) EXT_O(store) EXT_O(replace) EXT_O(lock))
