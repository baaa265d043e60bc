/* SPDX-License-Identifier: MIT */
/* A dict that threads change in turn, each when it was given to it: by queues, a
 * deque that is asked again and again, events, futures, a thread that starts and
 * ends, and by a mutex with a condition of the C library. No two threads use it at
 * one time, and nobody holds a lock meanwhile.
 *
 * needs: births
 * trap: a dict that another thread changed last
 * run:
 *   import collections, concurrent.futures, queue, threading, time, t
 *   def use(things):
 *       t.look(things)
 *       t.change(things)
 *       t.look(things)
 *       return things
 *   def ping_pong(make, put, get):
 *       there, back = make(), make()
 *       def work():
 *           for _ in range(9):
 *               put(back, use(get(there)))
 *       worker = threading.Thread(target=work)
 *       worker.start()
 *       things = use({"spam": [1]})
 *       for _ in range(9):
 *           put(there, things)
 *           things = use(get(back))
 *       worker.join()
 *       use(things)
 *   class Box:
 *       def __init__(self):
 *           self.event, self.things = threading.Event(), None
 *       def put(self, things):
 *           self.things = things
 *           self.event.set()
 *       def get(self):
 *           self.event.wait()
 *           self.event.clear()
 *           return self.things
 *   class Baton:
 *       def __init__(self):
 *           self.lock, self.things = threading.Lock(), None
 *           self.lock.acquire()
 *       def put(self, things):
 *           self.things = things
 *           self.lock.release()
 *       def get(self):
 *           self.lock.acquire()
 *           return self.things
 *   def poll(mailbox):
 *       while True:
 *           try:
 *               return mailbox.popleft()
 *           except IndexError:
 *               time.sleep(0.001)
 *   ping_pong(queue.Queue, queue.Queue.put, queue.Queue.get)
 *   ping_pong(queue.SimpleQueue, queue.SimpleQueue.put, queue.SimpleQueue.get)
 *   ping_pong(Box, Box.put, Box.get)
 *   ping_pong(Baton, Baton.put, Baton.get)
 *   ping_pong(collections.deque, collections.deque.append, poll)
 *   ping_pong(t.make_box, t.put, t.get)
 *   with concurrent.futures.ThreadPoolExecutor(2) as pool:
 *       things = {"spam": [1]}
 *       for _ in range(9):
 *           use(pool.submit(use, use(things)).result())
 *   for _ in range(9):
 *       worker = threading.Thread(target=use, args=(use(things),))
 *       worker.start()
 *       worker.join()
 *       use(things)
 *   t.entered("a dict that another thread changed last", t.times() > 120)
 */
#include "ext.h"

struct box {
    pthread_mutex_t lock;
    pthread_cond_t is_full;
    PyObject *things;
};

static long handed_over; /* times */

static PyObject *
look(PyObject *self, PyObject *dict)
{
    PyObject *found = PyDict_GetItemString(dict, "spam");

    Py_BEGIN_ALLOW_THREADS
    Py_END_ALLOW_THREADS
    Py_IncRef(found);
    Py_DecRef(found);
    Py_RETURN_NONE;
}

static PyObject *
change(PyObject *self, PyObject *dict)
{
    static pthread_t last;
    PyObject *value = PyList_New(0);

    handed_over += last != 0 && !pthread_equal(last, pthread_self());
    last = pthread_self();

    PyDict_SetItemString(dict, "spam", value);
    Py_DECREF(value);
    Py_RETURN_NONE;
}

static PyObject *
make_box(PyObject *self, PyObject *unused)
{
    struct box *box = (struct box *)calloc(1, sizeof(*box));

    pthread_mutex_init(&box->lock, NULL);
    pthread_cond_init(&box->is_full, NULL);
    return PyCapsule_New(box, NULL, NULL);
}

static PyObject *
put(PyObject *self, PyObject *args)
{
    struct box *box;
    PyObject *capsule, *things;

    if (!PyArg_ParseTuple(args, "OO", &capsule, &things))
        return NULL;
    box = (struct box *)PyCapsule_GetPointer(capsule, NULL);
    pthread_mutex_lock(&box->lock);
    box->things = things;
    Py_INCREF(things);
    pthread_cond_signal(&box->is_full);
    pthread_mutex_unlock(&box->lock);
    Py_RETURN_NONE;
}

static PyObject *
get(PyObject *self, PyObject *capsule)
{
    struct box *box = (struct box *)PyCapsule_GetPointer(capsule, NULL);
    PyObject *things;

    Py_BEGIN_ALLOW_THREADS
    pthread_mutex_lock(&box->lock);
    while (box->things == NULL)
        pthread_cond_wait(&box->is_full, &box->lock);
    things = box->things;
    box->things = NULL;
    pthread_mutex_unlock(&box->lock);
    Py_END_ALLOW_THREADS
    return things;
}

static PyObject *
times(PyObject *self, PyObject *unused)
{
    return PyLong_FromLong(handed_over);
}

EXT_MODULE(t, EXT_O(look) EXT_O(change) EXT_NOARGS(make_box) EXT_VARARGS(put)
                  EXT_O(get) EXT_NOARGS(times) EXT_TRAPS)
