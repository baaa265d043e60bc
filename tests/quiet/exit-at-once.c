/* SPDX-License-Identifier: MIT */
/* Processes that end without taking anything down: by _exit, by exit from C
 * with the interpreter running, and by a signal. What they held was not
 * leaked.
 *
 * trap:
 *   _exit, exit and a signal
 *   exit from C with the interpreter running
 * options: leaks=1
 * run:
 *   import os, signal, subprocess, sys, t
 *   kept = [object() for _ in range(20)]
 *   for status, end in enumerate((os._exit, t.exit_now, t.exit_at_once)):
 *       child = os.fork()
 *       if child == 0:
 *           t.hold(kept)
 *           end(status)
 *       assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == status
 *   child = os.fork()
 *   if child == 0:
 *       t.hold(kept)
 *       os.kill(os.getpid(), signal.SIGKILL)
 *   assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == -9
 *   t.entered("_exit, exit and a signal", True)
 */
#include "ext.h"

#include <unistd.h>

static PyObject *
hold(PyObject *self, PyObject *object)
{
    Py_INCREF(object);
    Py_IncRef(object);
    Py_RETURN_NONE;
}

static PyObject *
exit_now(PyObject *self, PyObject *status)
{
    EXT_ENTERED("exit from C with the interpreter running",
                Py_IsInitialized());
    exit((int)PyLong_AsLong(status));
}

static PyObject *
exit_at_once(PyObject *self, PyObject *status)
{
    _exit((int)PyLong_AsLong(status));
}

EXT_MODULE(t, EXT_O(hold) EXT_O(exit_now) EXT_O(exit_at_once) EXT_TRAPS)
