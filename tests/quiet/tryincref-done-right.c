/* SPDX-License-Identifier: MIT */
/* TryIncRef as its documentation has it: enabled while a reference is held, tried
 * under the lock that the dealloc takes, too. It meets live objects, and one that
 * is being destroyed at that very moment.
 *
 * needs: >=3.14
 * trap:
 *   a look-up that meets a dying object
 *   a look-up that meets a living object
 * run: import t; t.look_up_dying(); t.look_up_living()
 */
#include "ext.h"

static PyObject *registered;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct ext_thread reader;
static struct ext_gate looked_up;
static int got_dying, got_living, met;

static void
look_up(void *got)
{
    pthread_mutex_lock(&lock);
    PyObject *found = registered;

    met += found != NULL;
    if (found != NULL && PyUnstable_TryIncRef(found))
        *(int *)got = 1;
    else
        found = NULL;
    pthread_mutex_unlock(&lock);
    Py_XDECREF(found);
    ext_gate_open(&looked_up);
}

static void
wrapper_dealloc(PyObject *self)
{
    PyTypeObject *type = Py_TYPE(self);

    if (registered == self && reader.function == NULL) {
        reader = (struct ext_thread){
            .function = look_up, .argument = &got_dying, .is_attached = 1};
        ext_thread_start(&reader);
        ext_gate_wait(&looked_up);
        ext_thread_join(&reader);
    }
    pthread_mutex_lock(&lock);
    registered = NULL;
    pthread_mutex_unlock(&lock);
    PyObject_Free(self);
    Py_DECREF(type);
}

EXT_TYPE(wrapper_spec, "t.Wrapper", wrapper_dealloc);

static PyObject *
make_wrapper(void)
{
    PyObject *type = PyType_FromSpec(&wrapper_spec);
    PyObject *wrapper = PyObject_CallNoArgs(type);

    Py_DECREF(type);
    PyUnstable_EnableTryIncRef(wrapper);
    registered = wrapper;
    ext_gate_make(&looked_up);
    return wrapper;
}

static PyObject *
look_up_dying(PyObject *self, PyObject *unused)
{
    Py_DecRef(make_wrapper());
    EXT_ENTERED("a look-up that meets a dying object", met == 1 && !got_dying);
    Py_RETURN_NONE;
}

static PyObject *
look_up_living(PyObject *self, PyObject *unused)
{
    PyObject *wrapper = make_wrapper();

    EXT_THREAD(look_up, &got_living);
    EXT_ENTERED("a look-up that meets a living object",
                met == 2 && got_living);
    Py_DecRef(wrapper);
    Py_RETURN_NONE;
}

EXT_MODULE(t, EXT_NOARGS(look_up_dying) EXT_NOARGS(look_up_living))
