/* SPDX-License-Identifier: MIT */
/* workload.c -- the extension that tests/bench/stock.py measures: an
 * allocation-heavy one, and one reference operation of each kind in a loop. The
 * loops return nanoseconds of processor time per round: the machine may be busy
 * with something else. */
#include "../ext.h"

#include <string.h>
#include <time.h>

static double
now_ns(void)
{
    struct timespec now;

    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    return (double)now.tv_sec * 1e9 + (double)now.tv_nsec;
}

/* What a parser extension does: a line of text becomes a dict of a number, a
 * float, a string and a list, and all of them go when the caller is done. */
static PyObject *keys[4];
static PyObject *node_type;

static int
put_stolen(PyObject *record, PyObject *key, PyObject *value)
{
    int status = value == NULL ? -1 : PyDict_SetItem(record, key, value);

    Py_XDECREF(value);
    return status;
}

static PyObject *
parse_list(const char *text, char **end)
{
    PyObject *list = PyList_New(0);

    for (int i = 0; i < 3 && list != NULL; i++) {
        PyObject *number = PyLong_FromLong(strtol(text, end, 10) + 100000);

        if (number == NULL || PyList_Append(list, number) < 0)
            Py_CLEAR(list);
        Py_XDECREF(number);
        text = *end + 1;
    }
    return list;
}

static PyObject *
parse_record(const char *line)
{
    PyObject *record = PyDict_New();
    char *end;
    const char *name;

    if (record == NULL ||
        put_stolen(record, keys[0], PyLong_FromLong(strtol(line, &end, 10))) <
            0 ||
        put_stolen(record, keys[1],
                   PyFloat_FromDouble(strtod(end + 1, &end))) < 0 ||
        put_stolen(record, keys[2], parse_list(end + 1, &end)) < 0) {
        Py_XDECREF(record);
        return NULL;
    }
    name = end + 1;
    if (put_stolen(record, keys[3],
                   PyUnicode_FromStringAndSize(
                       name, (Py_ssize_t)strcspn(name, "\n"))) < 0)
        Py_CLEAR(record);
    return record;
}

static PyObject *
parse(PyObject *self, PyObject *rounds)
{
    static const char line[] =
        "123456,0.52345,11:22:33,a name of some length\n";
    long count = PyLong_AsLong(rounds);
    double start = now_ns();

    for (long i = 0; i < count; i += 100) {
        PyObject *table = PyList_New(100);

        for (int j = 0; j < 100; j++) {
            PyObject *record = parse_record(line);

            if (record == NULL)
                return NULL;
            PyList_SetItem(table, j, record);
        }
        Py_DECREF(table);
    }
    return PyFloat_FromDouble((now_ns() - start) / (double)count);
}

/* The worst case: objects that live for nothing, each dropped by the extension
 * itself as soon as it is there. */
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

static PyType_Slot node_slots[] = {{Py_tp_dealloc, (void *)node_dealloc},
                                   {0, NULL}};
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
    static const char *const names[] = {"id", "weight", "parts", "name"};

    for (int i = 0; i < 4; i++)
        keys[i] = PyUnicode_InternFromString(names[i]);
    node_type = PyType_FromSpec(&node_spec);
    return node_type == NULL ? -1 : 0;
}

EXT_MODULE_EXEC(workload, add_types,
                EXT_O(parse) EXT_O(allocate) EXT_VARARGS(pair)
                    EXT_O(make_and_drop) EXT_VARARGS(pair_on_two_threads))
