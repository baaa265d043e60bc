/* SPDX-License-Identifier: MIT */
/* dealloc-discipline: a dealloc tells that its node is gone, and whoever hears
 * it looks the node's wrapper up through a back-pointer, and keeps it.
 *
 * The wrapper's memory is freed when the dealloc goes on; the reference stays.
 *
 * like: lxml/lxml#477, python/cpython#138101
 * needs: births
 * run: import t; t.drop(t.hear)
 * exit: 66
 * story:
 *   dealloc-discipline-kept.c:@free: error: t.Wrapper given references while it is deallocated [dealloc-discipline]
 *     memory freed, main thread
 *       NUM | PyObject_Free(self); // @free
 *            wrapper_dealloc < drop:NUM < run.py:1
 *     reference taken and kept, main thread
 *       NUM | Py_IncRef(back_pointer); // @keep
 *            hear < wrapper_dealloc:NUM < drop:NUM < run.py:1
 *     last reference released, main thread
 *       NUM | Py_DecRef(back_pointer); // @last
 *            drop < run.py:1
 *     because   its count is 1: a reference was taken during its deallocation and
 *               not given back
 *     object    <t.Wrapper> ADDR, created by main thread at run.py:1
 *     fix       let nothing see the object in tp_dealloc, and do not touch its
 *               count; where a finalizer or a callback may bring it back to life,
 *               call PyObject_CallFinalizerFromDealloc first …
 *     more      refsan explain dealloc-discipline
 * report:
 *   refsan: dealloc-discipline: the object was given references while its deallocation runs
 *     object  ADDR  <t.Wrapper>  refcount ... owner T1 'python...', dying
 *     memory freed by thread T1 'python...':
 *       #0 in wrapper_dealloc dealloc-discipline-kept.c:@free
 *       #...
 *       #3 in drop dealloc-discipline-kept.c:@last
 *       #4 in <module> run.py:1 (python)
 *     because  its count is 1: a reference was taken during its deallocation and not given back
 *     taken during its deallocation, and kept: incref by thread T1 'python...':
 *       #0 in hear dealloc-discipline-kept.c:@keep
 *       #...
 *       #2 in wrapper_dealloc dealloc-discipline-kept.c:NUM
 *       #...
 *       #5 in drop dealloc-discipline-kept.c:@last
 *       #6 in <module> run.py:1 (python)
 *     reference count reached zero in decref by thread T1 'python...':
 *       #0 in drop dealloc-discipline-kept.c:@last
 *       #1 in <module> run.py:1 (python)
 *     created by thread T1 'python...':
 *       #0 in <module> run.py:1 (python)
 *     history  oldest first: thread, operation, refcount, place
 *       1.  T1   decref              1 -> 0     in drop dealloc-discipline-kept.c:@last
 *       2.  T1   incref              0 -> 1     in hear dealloc-discipline-kept.c:@keep
 *     fix      let nothing see the object in tp_dealloc, and do not touch its count; where a finalizer or a callback may bring it back to life, call PyObject_CallFinalizerFromDealloc first, and return when it says so
 *     suppress dealloc-discipline:wrapper_dealloc
 *     docs     docs/reports.md#dealloc-discipline
 */
#include "ext.h"

static PyObject *back_pointer, *kept, *callback;

static PyObject *
hear(PyObject *self, PyObject *unused)
{
    if (back_pointer != NULL) {
        Py_IncRef(back_pointer); // @keep
        kept = back_pointer;
    }
    Py_RETURN_NONE;
}

static void
wrapper_dealloc(PyObject *self)
{
    PyTypeObject *type = Py_TYPE(self);
    PyObject *done;

#ifdef FIXED
    back_pointer = NULL;
#endif
    done = PyObject_CallNoArgs(callback);
    Py_XDECREF(done);
    PyObject_Free(self); // @free
    Py_DECREF(type);
}

EXT_TYPE(wrapper_spec, "t.Wrapper", wrapper_dealloc);

static PyObject *
drop(PyObject *self, PyObject *listener)
{
    PyObject *type = PyType_FromSpec(&wrapper_spec);

    callback = listener;
    back_pointer = PyObject_CallNoArgs(type);
    Py_DecRef(back_pointer); // @last
    Py_DECREF(type);
    Py_RETURN_NONE;
}

EXT_MODULE(t, EXT_NOARGS(hear) EXT_O(drop))
