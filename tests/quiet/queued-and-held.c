/* SPDX-License-Identifier: MIT */
/* Objects in the merge queue of their owner, and used rightly: somebody has a
 * reference beside the queue's, or gets one by a function that may be refused.
 * And many threads count one object whose owner counts it, too.
 *
 * needs: ft >=3.14
 * trap:
 *   an object in the queue, and a reference to it
 *   an object of the queue alone, found again
 *   an object in the queue, counted by many
 * run:
 *   import t
 *   for _ in range(20):
 *       t.hold()
 *       t.find_again()
 *       t.count_by_many()
 */
#include "ext.h"

#define WORKERS 3

static int
is_queued(PyObject *object)
{
    return (object->ob_ref_shared & _Py_REF_SHARED_FLAG_MASK) ==
           _Py_REF_QUEUED;
}

static void
give_back(void *list)
{
    Py_DecRef((PyObject *)list);
}

static void
use(void *list)
{
    for (int i = 0; i < 2000; i++) {
        Py_IncRef((PyObject *)list);
        Py_INCREF((PyObject *)list);
        Py_DECREF((PyObject *)list);
        Py_DecRef((PyObject *)list);
    }
}

static PyObject *
hold(PyObject *self, PyObject *unused)
{
    PyObject *list = PyList_New(0);

    Py_INCREF(list);
    EXT_THREAD(give_back, list);
    EXT_ENTERED("an object in the queue, and a reference to it",
                is_queued(list));
    use(list);
    EXT_THREAD(use, list);
    Py_DecRef(list);
    Py_RETURN_NONE;
}

static PyObject *
find_again(PyObject *self, PyObject *unused)
{
    PyObject *list = PyList_New(0);

    PyUnstable_EnableTryIncRef(list);
    EXT_THREAD(give_back, list);
    EXT_ENTERED("an object of the queue alone, found again", is_queued(list));
    if (PyUnstable_TryIncRef(list)) {
        use(list);
        EXT_THREAD(use, list);
        Py_DecRef(list);
    }
    Py_RETURN_NONE;
}

static PyObject *
count_by_many(PyObject *self, PyObject *unused)
{
    PyObject *list = PyList_New(0);
    struct ext_thread workers[WORKERS];

    Py_INCREF(list);
    EXT_THREAD(give_back, list);
    EXT_ENTERED("an object in the queue, counted by many", is_queued(list));
    for (int i = 0; i < WORKERS; i++) {
        workers[i] = (struct ext_thread){
            .function = use, .argument = list, .is_attached = 1};
        ext_thread_start(&workers[i]);
    }
    use(list);
    for (int i = 0; i < WORKERS; i++)
        ext_thread_join(&workers[i]);
    Py_DecRef(list);
    Py_RETURN_NONE;
}

EXT_MODULE(t,
           EXT_NOARGS(hold) EXT_NOARGS(find_again) EXT_NOARGS(count_by_many))
