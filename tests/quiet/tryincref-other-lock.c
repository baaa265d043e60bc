/* SPDX-License-Identifier: MIT */
/* The dealloc takes a lock that the look-up does not hold: it counts objects.
 * What keeps the object there is the other lock, which its owner holds, too, when
 * it takes the object out of the registry, before releasing it.
 *
 * needs: >=3.14 ft
 * trap: a dealloc without the look-up's lock
 * run: import t; t.look_up()
 */
#include "ext.h"

static PyObject *registered;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_mutex_t statistics = PTHREAD_MUTEX_INITIALIZER;
static int deallocated;

static void
find(void *unused)
{
    pthread_mutex_lock(&lock);
    PyObject *found = registered;

    if (found == NULL || !PyUnstable_TryIncRef(found))
        abort();
    pthread_mutex_unlock(&lock);
    Py_DecRef(found);
}

static void
wrapper_dealloc(PyObject *self)
{
    PyTypeObject *type = Py_TYPE(self);

    pthread_mutex_lock(&statistics);
    deallocated++;
    pthread_mutex_unlock(&statistics);
    PyObject_Free(self);
    Py_DECREF(type);
}

EXT_TYPE(wrapper_spec, "t.Wrapper", wrapper_dealloc);

static PyObject *
make_wrapper(PyObject *type)
{
    PyObject *wrapper = PyObject_CallNoArgs(type);

    PyUnstable_EnableTryIncRef(wrapper);
    pthread_mutex_lock(&lock);
    registered = wrapper;
    pthread_mutex_unlock(&lock);
    return wrapper;
}

static void
drop_wrapper(PyObject *wrapper)
{
    pthread_mutex_lock(&lock);
    registered = NULL;
    pthread_mutex_unlock(&lock);
    Py_DecRef(wrapper);
}

static PyObject *
look_up(PyObject *self, PyObject *unused)
{
    PyObject *type = PyType_FromSpec(&wrapper_spec);
    PyObject *wrapper;

    drop_wrapper(make_wrapper(type));
    wrapper = make_wrapper(type);
    EXT_THREAD(find, NULL);
    drop_wrapper(wrapper);
    EXT_ENTERED("a dealloc without the look-up's lock", deallocated == 2);
    Py_DECREF(type);
    Py_RETURN_NONE;
}

EXT_MODULE(t, EXT_NOARGS(look_up))
