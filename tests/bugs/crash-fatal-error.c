/* SPDX-License-Identifier: MIT */
/* crash: an extension gives up by Py_FatalError() on a thread of its own, while
 * the main thread waits for it.
 *
 * run: import t; t.give_up()
 * exit: SIGABRT
 * story:
 *   crash-fatal-error.c:@fatal: warning: the process crashed [crash]
 *     signal    SIGABRT: the process sent it to itself
 *     crashed, T2 'worker'
 *       NUM | Py_FatalError("the table is damaged"); // @fatal
 *            _Py_FatalErrorFunc < check < ext_thread_main (ext.h:NUM)
 *     threads   1 other thread in 1 place; refsan run --full shows them
 *     fix       look at the first finding of the run, if there is one: it is the
 *               likely cause; else at the functions of the crashing thread, and at
 *               the objects that its registers point to
 *     more      refsan explain crash
 * report:
 *   refsan: crash: the process is ended by a fatal signal
 *     signal  SIGABRT: the process sent it to itself
 *     crashed by thread T2 'worker' (created by T1):
 *       #...
 *       #4 in check crash-fatal-error.c:@fatal
 *       #5 in ext_thread_main ext.h:NUM
 *   ...
 *     fix      look at the first finding of the run, if there is one: it is the likely cause; else at the functions of the crashing thread, and at the objects that its registers point to
 *     suppress crash:check
 *     docs     docs/reports.md#crash
 */
#include "ext.h"

static void
check(void *unused)
{
#ifndef FIXED
    Py_FatalError("the table is damaged"); // @fatal
#endif
}

static PyObject *
give_up(PyObject *self, PyObject *unused)
{
    EXT_THREAD(check, NULL);
    Py_RETURN_NONE;
}

EXT_MODULE(t, EXT_NOARGS(give_up))
