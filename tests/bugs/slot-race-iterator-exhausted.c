/* SPDX-License-Identifier: MIT */
/* slot-race: an iterator lets go of its list when it is exhausted, and two threads
 * exhaust it.
 *
 * Both find the list in the iterator, both are at its end, both set the field to
 * NULL and release what was there. It was one reference. Here both wait for each
 * other in between; in real life, a context switch will do.
 *
 * like: python/cpython#154130, python/cpython#156310, python/cpython#154043
 * needs: ft births instrumented
 * run: import t; t.exhaust()
 * exit: 66
 * report:
 *   refsan: slot-race: one stored reference is handed out or released twice
 *     object  ADDR  <list>  ...
 *     taken out of a field by thread ...:
 *       #0 ADDR in next_item ...slot-race-iterator-exhausted.c:@take ...
 *       ...
 *     because  another thread has taken the same reference out of the same field
 *     ...
 *     taken out of the same field by thread ...:
 *       #0 ADDR in next_item ...slot-race-iterator-exhausted.c:@take ...
 *     ...
 */
#include "ext.h"

struct iterator {
    PyObject_HEAD
    PyObject *list;
    Py_ssize_t index;
};

static pthread_barrier_t both;
static struct ext_gate may_end;

static PyObject *
both_are_here(void)
{
    Py_BEGIN_ALLOW_THREADS
    pthread_barrier_wait(&both);
    Py_END_ALLOW_THREADS
    return NULL;
}

static PyObject *
next_item(struct iterator *self)
{
    PyObject *item = NULL;

#ifdef FIXED
    both_are_here();
    Py_BEGIN_CRITICAL_SECTION(self);
#endif
    if (self->list != NULL && self->index < PyList_GET_SIZE(self->list))
        item = PyList_GetItemRef(self->list, self->index++);
    else {
#ifdef FIXED
        Py_CLEAR(self->list);
#else
        Py_XSETREF(self->list, both_are_here()); // @take
#endif
    }
#ifdef FIXED
    Py_END_CRITICAL_SECTION();
#endif
    return item;
}

static void
destroy(struct iterator *self)
{
    Py_CLEAR(self->list);
    PyObject_Free(self);
}

static PyTypeObject type = {
    PyVarObject_HEAD_INIT(NULL, 0).tp_name = "t.iterator",
    .tp_basicsize = sizeof(struct iterator),
    .tp_dealloc = (destructor)destroy,
    .tp_iternext = (iternextfunc)next_item,
};

static void
work(void *iterator)
{
    Py_XDECREF(PyIter_Next((PyObject *)iterator));
    ext_gate_wait(&may_end);
}

static PyObject *
exhaust(PyObject *self, PyObject *unused)
{
    struct iterator *iterator = PyObject_New(struct iterator, &type);
    struct ext_thread worker = {
        .function = work, .argument = iterator, .is_attached = 1};

    iterator->list = PyList_New(0);
    iterator->index = 0;
    pthread_barrier_init(&both, NULL, 2);
    ext_gate_make(&may_end);
    ext_thread_start(&worker);
    Py_XDECREF(PyIter_Next((PyObject *)iterator));
    ext_gate_open(&may_end);
    ext_thread_join(&worker);
    Py_DECREF(iterator);
    Py_RETURN_NONE;
}

static int
make(PyObject *module)
{
    return PyType_Ready(&type);
}

EXT_MODULE_EXEC(t, make, EXT_NOARGS(exhaust))
