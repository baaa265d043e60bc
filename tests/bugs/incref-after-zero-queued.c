/* SPDX-License-Identifier: MIT */
/* incref-after-zero: a thread that does not own the wrapper gives the last
 * reference back, which queues it; its owner destroys it later, somewhere
 * else, and meanwhile a registry of unowned pointers hands it out.
 *
 * Three threads are to be seen: who took it, who let it go, who destroys it.
 *
 * needs: ft
 * run:
 *   import t
 *   t.let_go()
 *   done = t.is_done()
 * exit: 66
 * report:
 *   refsan: incref-after-zero: incref of an object whose deallocation has begun
 *     object  ADDR  <t.Wrapper>  ...
 *     incref by thread T3 'worker' ...:
 *       #0 ADDR in look_up ...incref-after-zero-queued.c:@take ...
 *       ...
 *     because  its deallocation has begun on another thread
 *     skipped  ...
 *     reference count reached zero in decref by thread T2 'worker' ...:
 *       #0 ADDR in give_back ...incref-after-zero-queued.c:@last ...
 *       ...
 *     deallocation had begun by thread T1 ...:
 *       #0 in <module> ...run.py:NUM (python)
 *     ...
 */
#include "ext.h"

static PyObject *registered;
static int is_over;

static void
look_up(void *unused)
{
#ifndef FIXED
    Py_IncRef(registered); // @take
#endif
}

static void
give_back(void *wrapper)
{
    Py_DecRef((PyObject *)wrapper); // @last
}

static void
wrapper_dealloc(PyObject *self)
{
    PyTypeObject *type = Py_TYPE(self);

    EXT_THREAD(look_up, NULL);
    PyObject_Free(self);
    Py_DECREF(type);
    is_over = 1;
}

EXT_TYPE(wrapper_spec, "t.Wrapper", wrapper_dealloc);

static PyObject *
let_go(PyObject *self, PyObject *unused)
{
    PyObject *type = PyType_FromSpec(&wrapper_spec);

    registered = PyObject_CallNoArgs(type);
    Py_DECREF(type);
    EXT_THREAD(give_back, registered);
    if (is_over)
        abort();
    Py_RETURN_NONE;
}

static PyObject *
is_done(PyObject *self, PyObject *unused)
{
    return PyBool_FromLong(is_over);
}

EXT_MODULE(t, EXT_NOARGS(let_go) EXT_NOARGS(is_done))
