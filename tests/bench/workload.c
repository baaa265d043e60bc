/* SPDX-License-Identifier: MIT */
/* workload.c -- the extension that tests/bench/stock.py measures: an
 * allocation-heavy one, and one reference operation of each kind in a loop. The
 * loops return nanoseconds per round. */
#include "../ext.h"

#include <time.h>

static double
now_ns(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec * 1e9 + (double)now.tv_nsec;
}

/* Makes and drops what extensions make: small containers, numbers, strings and
 * instances of a type of its own. */
static PyObject *node_type;

static int
allocate_once(void)
{
    PyObject *list = PyList_New(3);
    PyObject *tuple = PyTuple_New(2);
    PyObject *dict = PyDict_New();
    PyObject *number = PyFloat_FromDouble(0.5);
    PyObject *text = PyUnicode_FromString("allocation-heavy");
    PyObject *node = PyObject_CallNoArgs(node_type);

    if (!list || !tuple || !dict || !number || !text || !node)
        return -1;
    PyList_SetItem(list, 0, Py_NewRef(number));
    PyTuple_SetItem(tuple, 0, Py_NewRef(text));
    PyTuple_SetItem(tuple, 1, Py_NewRef(list));
    PyDict_SetItem(dict, text, tuple);
    Py_DECREF(node);
    Py_DECREF(text);
    Py_DECREF(number);
    Py_DECREF(dict);
    Py_DECREF(tuple);
    Py_DECREF(list);
    return 0;
}

static void
node_dealloc(PyObject *self)
{
    PyTypeObject *type = Py_TYPE(self);

    PyObject_Free(self);
    Py_DECREF(type);
}

static PyType_Slot node_slots[] = {
    {Py_tp_dealloc, (void *)node_dealloc}, {0, NULL}};
static PyType_Spec node_spec = {
    .name = "workload.Node",
    .basicsize = sizeof(PyObject),
    .flags = Py_TPFLAGS_DEFAULT,
    .slots = node_slots,
};

static PyObject *
allocate(PyObject *self, PyObject *rounds)
{
    long count = PyLong_AsLong(rounds);
    double start = now_ns();

    for (long i = 0; i < count; i++) {
        if (allocate_once() < 0)
            return NULL;
    }
    return PyFloat_FromDouble((now_ns() - start) / (double)count);
}

static PyObject *
pair(PyObject *self, PyObject *args)
{
    PyObject *object;
    long count;
    double start;

    if (!PyArg_ParseTuple(args, "Ol", &object, &count))
        return NULL;
    start = now_ns();
    for (long i = 0; i < count; i++) {
        Py_IncRef(object);
        Py_DecRef(object);
    }
    return PyFloat_FromDouble((now_ns() - start) / (double)count);
}

static PyObject *
make_and_drop(PyObject *self, PyObject *rounds)
{
    long count = PyLong_AsLong(rounds);
    double start = now_ns();

    for (long i = 0; i < count; i++)
        Py_DECREF(PyList_New(0));
    return PyFloat_FromDouble((now_ns() - start) / (double)count);
}

struct share {
    PyObject *object;
    long count;
    double took_ns;
};

static void
pair_without_python(void *context)
{
    struct share *share = context;
    double start = now_ns();

    for (long i = 0; i < share->count; i++) {
        Py_IncRef(share->object);
        Py_DecRef(share->object);
    }
    share->took_ns = (now_ns() - start) / (double)share->count;
}

/* Two threads at once on one object; the slower one's time. On a default build
 * they take turns, so this says something on free-threaded ones only. */
static PyObject *
pair_on_two_threads(PyObject *self, PyObject *args)
{
    struct share mine, other;
    struct ext_thread thread = {
        .function = pair_without_python, .argument = &other, .is_attached = 1};

    if (!PyArg_ParseTuple(args, "Ol", &mine.object, &mine.count))
        return NULL;
    other = mine;
    ext_thread_start(&thread);
    pair_without_python(&mine);
    ext_thread_join(&thread);
    return PyFloat_FromDouble(mine.took_ns > other.took_ns ? mine.took_ns
                                                           : other.took_ns);
}

static int
add_types(PyObject *module)
{
    node_type = PyType_FromSpec(&node_spec);
    return node_type == NULL ? -1 : 0;
}

EXT_MODULE_EXEC(workload, add_types,
                EXT_O(allocate) EXT_VARARGS(pair) EXT_O(make_and_drop)
                    EXT_VARARGS(pair_on_two_threads))
