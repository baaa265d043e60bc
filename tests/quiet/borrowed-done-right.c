/* SPDX-License-Identifier: MIT */
/* Borrowed references that only look dangerous: from a dict that was filled
 * before the threads came, from a tuple, from a dict of the thread's own, and
 * under the lock that all changes take.
 *
 * needs: births
 * trap: two threads borrow from one dict that changes
 * run: import t; t.use({"a": [1]}, {"b": [2]}, ([3],))
 */
#include "ext.h"

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static PyObject *filled, *changed, *tuple;
static struct ext_gate has_run, may_end;
static pthread_t last;
static int turns;

static void
count(PyObject *item)
{
    Py_IncRef(item);
    Py_DecRef(item);
}

static void
use_all(void)
{
    PyObject *own = PyDict_New();
    PyObject *value = PyList_New(0);

    PyDict_SetItemString(own, "own", value);
    Py_DECREF(value);
    count(PyDict_GetItemString(own, "own"));
    count(PyDict_GetItemString(filled, "a"));
    count(PyTuple_GetItem(tuple, 0));
    pthread_mutex_lock(&lock);
    value = PyDict_GetItemString(changed, "b");
    count(value);
    value = PyList_New(0);
    PyDict_SetItemString(changed, "b", value);
    Py_DECREF(value);
    turns += turns == 0 || !pthread_equal(last, pthread_self());
    last = pthread_self();
    pthread_mutex_unlock(&lock);
    Py_DECREF(own);
}

static void
work(void *unused)
{
    use_all();
    ext_gate_open(&has_run);
    ext_gate_wait(&may_end);
}

static PyObject *
use(PyObject *self, PyObject *args)
{
    struct ext_thread worker = {.function = work, .is_attached = 1};
    PyObject *value = PyList_New(0);

    if (!PyArg_ParseTuple(args, "OOO", &filled, &changed, &tuple))
        return NULL;
    PyDict_SetItemString(filled, "a", value);
    Py_DECREF(value);
    ext_gate_make(&has_run);
    ext_gate_make(&may_end);
    use_all();
    ext_thread_start(&worker);
    ext_gate_wait(&has_run);
    use_all();
    ext_gate_open(&may_end);
    ext_thread_join(&worker);
    EXT_ENTERED("two threads borrow from one dict that changes", turns == 3);
    Py_RETURN_NONE;
}

EXT_MODULE(t, EXT_VARARGS(use))
