/* SPDX-License-Identifier: MIT */
/* Fields whose references several threads take out, rightly: under a lock of any
 * kind, after the object was handed over, when it dies, and where the collector
 * clears it; and local variables.
 *
 * needs: births >=3.13
 * trap:
 *   a field that another thread filled
 *   an object that another thread destroys
 * run:
 *   import contextlib, gc, queue, threading, t
 *   lock = threading.Lock()
 *   def in_turn(take, guard=contextlib.nullcontext):
 *       box = t.Box()
 *       def work():
 *           for _ in range(3):
 *               t.wait(0)
 *               with guard():
 *                   take(box)
 *               t.open(1)
 *       worker = threading.Thread(target=work)
 *       worker.start()
 *       for _ in range(3):
 *           with guard():
 *               take(box)
 *           t.open(0)
 *           t.wait(1)
 *       worker.join()
 *   for take in t.Box.locked, t.Box.in_section, t.Box.under_mutex, t.Box.local:
 *       in_turn(take)
 *   in_turn(t.Box.swap, lambda: lock)
 *   def ping_pong(make, put, get):
 *       there, back, box = make(), make(), t.Box()
 *       def work():
 *           for _ in range(9):
 *               box = get(there)
 *               box.swap()
 *               put(back, box)
 *       worker = threading.Thread(target=work)
 *       worker.start()
 *       for _ in range(9):
 *           box.swap()
 *           put(there, box)
 *           box = get(back)
 *       worker.join()
 *   ping_pong(queue.Queue, queue.Queue.put, queue.Queue.get)
 *   ping_pong(queue.SimpleQueue, queue.SimpleQueue.put, queue.SimpleQueue.get)
 *   # What a thread does once, to what another one made, in an order that is not
 *   # seen: it uses it, destroys it, or the collector does.
 *   def once(make, use):
 *       made = []
 *       def work():
 *           for _ in range(50):
 *               t.wait(0)
 *               use(made)
 *               t.open(1)
 *       worker = threading.Thread(target=work)
 *       worker.start()
 *       for _ in range(50):
 *           make(made)
 *           t.open(0)
 *           t.wait(1)
 *       worker.join()
 *   def make_box(made):
 *       box = t.Box()
 *       box.swap()
 *       box.swap()
 *       made.append(box)
 *   def make_cycle(made):
 *       box = t.Box()
 *       box.swap()
 *       box.hold(box)
 *   once(make_box, lambda made: made.pop().swap())
 *   once(make_box, list.clear)
 *   once(make_cycle, lambda made: gc.collect())
 *   taken, destroyed = t.anothers()
 *   t.entered("a field that another thread filled", taken > 80)
 *   t.entered("an object that another thread destroys", destroyed > 80)
 */
#include "ext_gates.h"

struct box {
    PyObject_HEAD
    PyObject *held;
    pthread_t by; /* who filled it last */
};

static pthread_mutex_t pthread_lock = PTHREAD_MUTEX_INITIALIZER;
static PyMutex lock;
static long taken, destroyed; /* from another thread */

static int
is_from_another(struct box *box)
{
    return box->held != NULL && !pthread_equal(box->by, pthread_self());
}

static PyObject *
swap(PyObject *self, PyObject *unused)
{
    PyObject *made = PyList_New(0);

    if (is_from_another((struct box *)self))
        __atomic_fetch_add(&taken, 1, __ATOMIC_RELAXED);
    ((struct box *)self)->by = pthread_self();
    Py_XSETREF(((struct box *)self)->held, made);
    Py_RETURN_NONE;
}

static PyObject *
hold(PyObject *self, PyObject *object)
{
    ((struct box *)self)->by = pthread_self();
    Py_XSETREF(((struct box *)self)->held, Py_NewRef(object));
    Py_RETURN_NONE;
}

static PyObject *
locked(PyObject *self, PyObject *unused)
{
    PyMutex_Lock(&lock);
    swap(self, NULL);
    Py_CLEAR(((struct box *)self)->held);
    PyMutex_Unlock(&lock);
    Py_RETURN_NONE;
}

static PyObject *
in_section(PyObject *self, PyObject *unused)
{
    Py_BEGIN_CRITICAL_SECTION(self);
    swap(self, NULL);
    Py_END_CRITICAL_SECTION();
    Py_RETURN_NONE;
}

static PyObject *
under_mutex(PyObject *self, PyObject *unused)
{
    pthread_mutex_lock(&pthread_lock);
    swap(self, NULL);
    pthread_mutex_unlock(&pthread_lock);
    Py_RETURN_NONE;
}

static PyObject *
local(PyObject *self, PyObject *unused)
{
    PyObject *some[2] = {PyList_New(0), NULL};

    Py_SETREF(some[0], PyList_New(0));
    Py_XSETREF(some[1], PyList_New(0));
    Py_CLEAR(some[0]);
    Py_CLEAR(some[1]);
    Py_RETURN_NONE;
}

static int
traverse(PyObject *self, visitproc visit, void *arg)
{
    Py_VISIT(((struct box *)self)->held);
    return 0;
}

static int
clear(PyObject *self)
{
    if (is_from_another((struct box *)self))
        __atomic_fetch_add(&destroyed, 1, __ATOMIC_RELAXED);
    Py_CLEAR(((struct box *)self)->held);
    return 0;
}

static void
destroy(PyObject *self)
{
    PyObject_GC_UnTrack(self);
    clear(self);
    PyObject_GC_Del(self);
}

static PyMethodDef box_methods[] = {
    EXT_NOARGS(swap) EXT_O(hold) EXT_NOARGS(locked) EXT_NOARGS(in_section)
        EXT_NOARGS(under_mutex) EXT_NOARGS(local){NULL, NULL, 0, NULL},
};

static PyTypeObject Box = {
    PyVarObject_HEAD_INIT(NULL, 0).tp_name = "t.Box",
    .tp_basicsize = sizeof(struct box),
    .tp_flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_GC,
    .tp_methods = box_methods,
    .tp_new = PyType_GenericNew,
    .tp_traverse = traverse,
    .tp_clear = clear,
    .tp_dealloc = destroy,
};

/* How often it was another's: (taken, destroyed). */
static PyObject *
anothers(PyObject *self, PyObject *unused)
{
    return Py_BuildValue("ll", taken, destroyed);
}

static int
make(PyObject *module)
{
    make_gates(module);
    return PyType_Ready(&Box) < 0 ||
                   PyModule_AddObjectRef(module, "Box", (PyObject *)&Box) < 0
               ? -1
               : 0;
}

EXT_MODULE_EXEC(t, make, EXT_TRAPS EXT_NOARGS(anothers) EXT_GATES)
