/* SPDX-License-Identifier: MIT */
/* borrowed-race: Python code takes a lock to change a dict, and none to look into
 * it.
 *
 * The lock orders all changes, and nothing else: the look-up may come between any
 * two of them. That the threads also share a queue, and one has waited for the
 * other before, does not help.
 *
 * needs: ft births
 * run:
 *   import queue, threading, t
 *   lock, things, started = threading.Lock(), {"spam": [1]}, queue.Queue()
 *   def work():
 *       started.put(True)
 *       with lock:
 *           t.change(things)
 *       t.open(0)
 *       t.wait(1)
 *   worker = threading.Thread(target=work)
 *   t.look(things)
 *   worker.start()
 *   started.get()
 *   t.wait(0)
 *   t.look(things)
 *   t.open(1)
 *   worker.join()
 * exit: 66
 * report:
 *   refsan: borrowed-race: a borrowed reference was used while another thread modifies its container
 *     object  ADDR  <list>  ...
 *     incref by thread T1 ...:
 *       #0 ADDR in look ...borrowed-race-python-lock.c:@count ...
 *       ...
 *     because  another thread changes the container, and no lock was held from the look-up on
 *     borrowed from a container by thread T1 ...:
 *       #0 ADDR in look ...borrowed-race-python-lock.c:@borrow ...
 *       ...
 *     the container was changed by thread T2 ...:
 *       #0 ADDR in change ...borrowed-race-python-lock.c:@change ...
 *     ...
 */
#include "ext_gates.h"

static PyObject *
look(PyObject *self, PyObject *dict)
{
#ifdef FIXED
    PyObject *found = NULL;

    PyDict_GetItemStringRef(dict, "spam", &found);
#else
    PyObject *found = PyDict_GetItemString(dict, "spam"); // @borrow

    Py_IncRef(found); // @count
#endif
    Py_DecRef(found);
    Py_RETURN_NONE;
}

static PyObject *
change(PyObject *self, PyObject *dict)
{
    PyObject *value = PyList_New(0);

    PyDict_SetItemString(dict, "spam", value); // @change
    Py_DECREF(value);
    Py_RETURN_NONE;
}

EXT_MODULE_EXEC(t, make_gates, EXT_O(look) EXT_O(change) EXT_GATES)
