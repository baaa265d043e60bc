/* SPDX-License-Identifier: MIT */
/* On a thread with a small stack the interpreter puts deallocs off. The objects
 * have a count of zero and are there until the stack has room. Then their
 * finalizers run, use them, and let some come back; the memory of the others
 * has new objects.
 *
 * needs: >=3.14
 * trap:
 *   a count of zero, and no dealloc
 *   an object that came back
 * run:
 *   import t
 *   kept = []
 *   class Leaf:
 *       def __del__(self):
 *           t.use(self)
 *   class Back:
 *       def __del__(self):
 *           t.use(self)
 *           if len(kept) < 50:
 *               kept.append(self)
 *   for _ in range(100):
 *       t.work(Leaf)
 *       t.work(Back)
 *       t.use([Leaf(), Back()])
 *       for each in kept:
 *           t.use(each)
 *   t.entered("an object that came back", len(kept) == 50)
 *   kept.clear()
 */
#include "ext.h"

#include <pthread.h>

/* Less than the interpreter keeps free for itself. */
#define STACK_BYTES (64 * 1024)

struct work {
    PyObject *objects[2];
};

/* The thread that made it holds the last reference. */
static void *
worker(void *argument)
{
    struct work *work = argument;
    PyGILState_STATE state = PyGILState_Ensure();
    PyObject *list = PyList_New(0);

    Py_IncRef(list);
    Py_DecRef(list);
    Py_DecRef(list);
    EXT_ENTERED("a count of zero, and no dealloc", ext_refcount(list) == 0);
    for (int i = 0; i < 2; i++) {
        Py_IncRef(work->objects[i]);
        Py_DecRef(work->objects[i]);
        Py_DecRef(work->objects[i]);
    }
    PyGILState_Release(state);
    return NULL;
}

static PyObject *
work(PyObject *self, PyObject *type)
{
    struct work work = {
        {PyObject_CallNoArgs(type), PyObject_CallNoArgs(type)}};
    pthread_attr_t little;
    pthread_t thread;
    int error;

    pthread_attr_init(&little);
    error = pthread_attr_setstacksize(&little, STACK_BYTES);
    Py_BEGIN_ALLOW_THREADS
    error = error || pthread_create(&thread, &little, worker, &work) ||
            pthread_join(thread, NULL);
    Py_END_ALLOW_THREADS
    pthread_attr_destroy(&little);
    if (error)
        return PyErr_Format(PyExc_OSError, "no thread");
    Py_RETURN_NONE;
}

static PyObject *
use(PyObject *self, PyObject *object)
{
    Py_IncRef(object);
    Py_DecRef(object);
    Py_INCREF(object);
    Py_DECREF(object);
    Py_RETURN_NONE;
}

EXT_MODULE(t, EXT_O(work) EXT_O(use) EXT_TRAPS)
