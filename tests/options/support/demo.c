/* SPDX-License-Identifier: MIT */
/* demo: small mistakes on demand, and operations to fill refsan's memory. For
 * tests/options; built for one interpreter by support/__init__.py. */
#include "ext.h"

#include <stdint.h>
#include <sys/syscall.h>
#include <unistd.h>

/* An error: a reference taken while the GIL is released. */
static PyObject *
detached(PyObject *self, PyObject *object)
{
    Py_BEGIN_ALLOW_THREADS
    Py_IncRef(object);
    Py_END_ALLOW_THREADS
    Py_DecRef(object);
    Py_RETURN_NONE;
}

/* An error: a reference is released while the GIL is. How many are left of
 * two? */
static PyObject *
release(PyObject *self, PyObject *unused)
{
    PyObject *object = PyList_New(0);
    long count;

    Py_IncRef(object);
    Py_BEGIN_ALLOW_THREADS
    Py_DecRef(object);
    Py_END_ALLOW_THREADS
    count = (long)Py_REFCNT(object);
    while (Py_REFCNT(object) > 1)
        Py_DecRef(object);
    Py_DecRef(object);
    return PyLong_FromLong(count);
}

/* A warning: a str cannot be made immortal. */
static __attribute__((noinline)) PyObject *
refused(PyObject *self, PyObject *unused)
{
    PyObject *text = PyUnicode_FromString("a text that nobody has interned");

    PyUnstable_SetImmortal(text);
    return text;
}

/* Operations that are seen, on one object. */
static PyObject *
count(PyObject *self, PyObject *args)
{
    PyObject *object;
    int times;

    if (!PyArg_ParseTuple(args, "Oi", &object, &times))
        return NULL;
    for (int i = 0; i < times; i++) {
        Py_IncRef(object);
        Py_DecRef(object);
    }
    Py_RETURN_NONE;
}

static void
touch(void *object)
{
    Py_IncRef(object);
    Py_DecRef(object);
}

/* A second thread makes each object of a list one that refsan remembers. */
static void
touch_all(void *list)
{
    for (Py_ssize_t i = 0; i < PyList_GET_SIZE((PyObject *)list); i++)
        touch(PyList_GET_ITEM((PyObject *)list, i));
}

static PyObject *
share(PyObject *self, PyObject *list)
{
    EXT_THREAD(touch_all, list);
    Py_RETURN_NONE;
}

/* refused(), `depth` calls down. */
static __attribute__((noinline)) int
descend(int depth)
{
    volatile int more = depth;

    if (more > 0)
        return descend(more - 1) + more;
    Py_XDECREF(refused(NULL, NULL));
    return more;
}

static PyObject *
deep(PyObject *self, PyObject *depth)
{
    return PyLong_FromLong(descend((int)PyLong_AsLong(depth)));
}

/* An error: another thread takes a reference to an object that is being
 * deallocated. The dealloc waits for it, or sleeps, and must not be woken. */
static PyObject *racing;
static int sleeps;
static struct ext_gate is_dying, was_touched;

/* Is the main thread in the call in which the dealloc waits? That has no time
 * limit, as a wait for the GIL has. */
static int
is_waiting(void)
{
    char path[64];
    unsigned long limit = 0;
    long call = -1;
    FILE *file;

    snprintf(path, sizeof(path), "/proc/self/task/%d/syscall", getpid());
    file = fopen(path, "r");
    if (file == NULL || fscanf(file, "%ld %*x %*x %*x %lx", &call, &limit) < 1)
        call = -1;
    if (file != NULL)
        fclose(file);
    return sleeps ? call == SYS_clock_nanosleep
                  : call == SYS_futex && limit == 0;
}

static void
touch_dying(void *unused)
{
    ext_gate_wait(&is_dying);
    Py_BEGIN_ALLOW_THREADS
    while (!is_waiting())
        sched_yield();
    Py_END_ALLOW_THREADS
    Py_IncRef(racing);
    ext_gate_open(&was_touched);
}

static __attribute__((noinline)) void
racing_dealloc(PyObject *self)
{
    PyTypeObject *type = Py_TYPE(self);

    ext_gate_open(&is_dying);
    Py_BEGIN_ALLOW_THREADS
    if (sleeps && usleep(999999) != 0)
        abort();
    Py_END_ALLOW_THREADS
    ext_gate_wait(&was_touched);
    PyObject_Free(self);
    Py_DECREF(type);
}

static PyType_Slot racing_slots[] = {{Py_tp_dealloc, (void *)racing_dealloc},
                                     {0, NULL}};
static PyType_Spec racing_spec = {
    .name = "demo.Racing",
    .basicsize = sizeof(PyObject),
    .flags = Py_TPFLAGS_DEFAULT,
    .slots = racing_slots,
};

static __attribute__((noinline)) PyObject *
demo_race(PyObject *self, PyObject *argument)
{
    struct ext_thread worker = {.function = touch_dying, .is_attached = 1};
    PyObject *type = PyType_FromSpec(&racing_spec);

    sleeps = (int)PyLong_AsLong(argument);
    ext_gate_make(&is_dying);
    ext_gate_make(&was_touched);
    racing = PyObject_CallNoArgs(type);
    ext_thread_start(&worker);
    Py_DecRef(racing);
    ext_thread_join(&worker);
    Py_DECREF(type);
    Py_RETURN_NONE;
}

EXT_MODULE(demo,
           EXT_O(detached) EXT_NOARGS(release) EXT_NOARGS(refused)
               EXT_VARARGS(count) EXT_O(share)
                   EXT_O(deep){"race", demo_race, METH_O, NULL}, )
