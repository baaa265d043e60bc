/* SPDX-License-Identifier: MIT */
/* dealloc-discipline: a dealloc lends its object a reference to tell a watcher
 * of its death. Another thread, which found the object in a registry, gets
 * one, too, and loses it when the count is set back.
 *
 * like: python/cpython#127582
 * needs: ft >=3.14
 * run: import t; t.watch()
 * exit: 66
 * report:
 *   refsan: dealloc-discipline: the object was given references while its deallocation runs
 *     object  ADDR  <t.Watched>  ...
 *     reference count set by thread T1 ...:
 *       #0 ADDR in watched_dealloc ...dealloc-discipline-watcher.c:@set ...
 *       #...
 *     because  a weak reference or PyUnstable_EnableTryIncRef has marked it
 *              ...
 *     ...
 */
#include "ext.h"

static PyObject *registered;

static void
look_up(void *unused)
{
    if (registered != NULL && PyUnstable_TryIncRef(registered))
        Py_DECREF(registered);
}

static void
watched_dealloc(PyObject *self)
{
    PyTypeObject *type = Py_TYPE(self);

#ifdef FIXED
    registered = NULL; /* under the lock of the registry, in real life */
#else
    _Py_SetRefcnt(self, 1); // @set
#endif
    EXT_THREAD(look_up, NULL);
    PyObject_Free(self);
    Py_DECREF(type);
}

EXT_TYPE(watched_spec, "t.Watched", watched_dealloc);

static PyObject *
watch(PyObject *self, PyObject *unused)
{
    PyObject *type = PyType_FromSpec(&watched_spec);
    PyObject *object = PyObject_CallNoArgs(type);

    PyUnstable_EnableTryIncRef(object);
    registered = object;
    Py_DECREF(object);
    Py_DECREF(type);
    Py_RETURN_NONE;
}

EXT_MODULE(t, EXT_NOARGS(watch))
