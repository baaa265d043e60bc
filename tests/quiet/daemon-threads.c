/* SPDX-License-Identifier: MIT */
/* Daemon threads at exit: they hang, or end, where they attach next, and the
 * references they hold are never given back; their objects die, if at all, on
 * the thread that finalizes.
 *
 * trap: threads that hold references when the process ends
 * options: leaks=1
 * run:
 *   import t, threading
 *   started = [threading.Event() for _ in range(4)]
 *   def loop(event):
 *       mine = [[number] for number in range(20)]
 *       event.set()
 *       while True:
 *           for one in mine:
 *               t.use(one)
 *   def wait(event):
 *       mine = [[number] for number in range(20)]
 *       t.hold_and_wait(mine[0], event)
 *   for number, event in enumerate(started):
 *       threading.Thread(target=loop if number % 2 else wait, args=[event],
 *                        daemon=True).start()
 *   for event in started:
 *       event.wait()
 */
#include "ext.h"

static PyObject *
use(PyObject *self, PyObject *object)
{
    Py_IncRef(object);
    Py_INCREF(object);
    Py_DecRef(object);
    Py_DECREF(object);
    Py_RETURN_NONE;
}

static int waiting, released; /* threads */

/* Detached, for good. */
static PyObject *
hold_and_wait(PyObject *self, PyObject *args)
{
    PyObject *object, *event, *done;
    struct ext_gate never;

    if (!PyArg_ParseTuple(args, "OO", &object, &event))
        return NULL;
    Py_INCREF(object);
    Py_IncRef(object);
    ext_gate_make(&never);
    __atomic_fetch_add(&waiting, 1, __ATOMIC_RELAXED);
    done = PyObject_CallMethod(event, "set", NULL);
    Py_XDECREF(done);
    ext_gate_wait(&never);
    released++;
    Py_RETURN_NONE;
}

__attribute__((destructor)) static void
say(void)
{
    EXT_ENTERED("threads that hold references when the process ends",
                waiting == 2 && released == 0);
}

EXT_MODULE(t, EXT_O(use) EXT_VARARGS(hold_and_wait))
