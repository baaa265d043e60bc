/* SPDX-License-Identifier: MIT */
/* refop-detached: the garbage collector of another language runs a wrapper's
 * finalizer on any of its threads.
 *
 * like: JuliaPy/PythonCall.jl#529
 * run: import t; t.wrap({}); t.collect()
 * exit: 66
 * crash[>=3.15]: plainly
 *   follows  refop-detached:finalize, about <dict> ADDR, live
 * report:
 *   refsan: refop-detached: reference operation on a thread with no attached thread state
 *     object  ADDR  <dict>  ...
 *     decref by thread ... 'worker' ...:
 *       #0 ADDR in finalize ...refop-detached-foreign-collector.c:@release ...
 *       ...
 *     ...
 */
#include "ext.h"

static PyObject *wrapped[8], *queue[8];
static int wrapped_count, queued_count;

static void
finalize(void *unused)
{
    while (wrapped_count > 0) {
        PyObject *object = wrapped[--wrapped_count];
#ifdef FIXED
        queue[queued_count++] = object; /* for a thread that is attached */
#else
        Py_DecRef(object); // @release
#endif
    }
}

static PyObject *
wrap(PyObject *self, PyObject *object)
{
    wrapped[wrapped_count++] = Py_NewRef(object);
    Py_RETURN_NONE;
}

static PyObject *
collect(PyObject *self, PyObject *unused)
{
    EXT_THREAD_DETACHED(finalize, NULL);
    while (queued_count > 0)
        Py_DECREF(queue[--queued_count]);
    Py_RETURN_NONE;
}

EXT_MODULE(t, EXT_O(wrap) EXT_NOARGS(collect))
