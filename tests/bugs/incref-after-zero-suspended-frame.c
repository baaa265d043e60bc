/* SPDX-License-Identifier: MIT */
/* incref-after-zero: a suspended frame refers to a function without counting
 * it, because functions are counted deferred, and does not show it to the
 * collector either. A collection in any thread takes it for garbage.
 *
 * like: python-greenlet/greenlet#511
 * needs: ft >=3.14 births
 * run:
 *   import t
 *   def make():
 *       def function():
 *           return function
 *       return function
 *   t.suspend(make())
 *   t.resume()
 * exit: 66
 * report:
 *   refsan: incref-after-zero: incref of an object whose deallocation has begun
 *     object  ADDR  <function>  ...
 *     incref by thread T1 ...:
 *       #0 ADDR in resume ...incref-after-zero-suspended-frame.c:@take ...
 *       #...
 *     because  its deallocation has begun on another thread
 *     ...
 */
#include "ext.h"

static PyObject *frame_function;

static void
collect(void *unused)
{
    PyGC_Collect();
}

static PyObject *
suspend(PyObject *self, PyObject *function)
{
#ifdef FIXED
    Py_INCREF(function); /* or tp_traverse visits it */
#endif
    frame_function = function;
    Py_RETURN_NONE;
}

static PyObject *
resume(PyObject *self, PyObject *unused)
{
    PyObject *function = frame_function;

    EXT_THREAD(collect, NULL);
    Py_IncRef(function); // @take
#ifdef FIXED
    Py_DecRef(function);
    Py_DecRef(function);
#endif
    Py_RETURN_NONE;
}

EXT_MODULE(t, EXT_O(suspend) EXT_NOARGS(resume))
