/* SPDX-License-Identifier: MIT */
/* Borrowed references that are guarded by a lock of Python code around the call:
 * threading.Lock and RLock in every way they are taken, and a condition, whose
 * wait gives an RLock back however often it was taken.
 *
 * needs: births
 * trap: an item that another thread replaced under a lock
 * run:
 *   import contextlib, functools, threading, t
 *   lock, rlock = threading.Lock(), threading.RLock()
 *   @contextlib.contextmanager
 *   def guarded():
 *       with lock:
 *           yield
 *   def locked(function):
 *       @functools.wraps(function)
 *       def call(*args):
 *           with rlock:
 *               return function(*args)
 *       return call
 *   @contextlib.contextmanager
 *   def by_hand():
 *       assert lock.acquire(timeout=60)
 *       assert not lock.acquire(blocking=False)
 *       yield
 *       lock.release()
 *   @contextlib.contextmanager
 *   def again():
 *       with rlock, rlock:
 *           yield
 *   @contextlib.contextmanager
 *   def waited(lock):
 *       condition = threading.Condition(lock)
 *       with condition:
 *           condition.wait(timeout=0.001)
 *           yield
 *   @contextlib.contextmanager
 *   def waited_inside():
 *       condition = threading.Condition(rlock)
 *       with rlock:
 *           with condition:
 *               condition.wait(timeout=0.001)
 *           yield
 *   def use(guard, look, change):
 *       things = {"spam": [1]}
 *       def work():
 *           with guard():
 *               change(things)
 *           t.open(0)
 *           t.wait(1)
 *       worker = threading.Thread(target=work)
 *       with guard():
 *           look(things)
 *       worker.start()
 *       t.wait(0)
 *       for _ in range(3):
 *           with guard():
 *               look(things)
 *       t.open(1)
 *       worker.join()
 *   for guard in (lambda: lock, lambda: rlock, guarded, by_hand, again,
 *                 functools.partial(waited, lock),
 *                 functools.partial(waited, None), waited_inside):
 *       use(guard, t.look, t.change)
 *   use(contextlib.nullcontext, locked(t.look), locked(t.change))
 *   t.entered("an item that another thread replaced under a lock",
 *             t.times() == 9)
 */
#include "ext_gates.h"

static PyObject *put; /* the address of what was put in last */
static int replaced;  /* times */

static PyObject *
look(PyObject *self, PyObject *dict)
{
    PyObject *found = PyDict_GetItemString(dict, "spam");

    Py_BEGIN_ALLOW_THREADS
    Py_END_ALLOW_THREADS
    Py_IncRef(found);
    Py_DecRef(found);
    replaced += found == put;
    put = NULL;
    Py_RETURN_NONE;
}

static PyObject *
change(PyObject *self, PyObject *dict)
{
    PyObject *value = PyList_New(0);

    PyDict_SetItemString(dict, "spam", value);
    Py_DECREF(value);
    put = value;
    Py_RETURN_NONE;
}

static PyObject *
times(PyObject *self, PyObject *unused)
{
    return PyLong_FromLong(replaced);
}

EXT_MODULE_EXEC(t, make_gates,
                EXT_O(look) EXT_O(change) EXT_NOARGS(times)
                    EXT_TRAPS EXT_GATES)
