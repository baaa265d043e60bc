/* SPDX-License-Identifier: MIT */
/* tryincref-unlocked: the usual dealloc, of a type that the collector tracks,
 * takes a lock and ends in tp_free; the look-up does not take it.
 *
 * needs: >=3.14 ft
 * run: import t; t.look_up()
 * exit: 66
 * story:
 *   tryincref-unlocked-tp-free.c:@try: error: PyUnstable_TryIncRef on t.Wrapper without the lock of its dealloc [tryincref-unlocked]
 *     TryIncRef, T2 'worker'
 *       NUM | if (found == NULL || !PyUnstable_TryIncRef(found)) // @try
 *            find < ext_thread_main (ext.h:NUM)
 *     another one deallocated, main thread
 *       NUM | Py_DecRef(make_wrapper(type));
 *            look_up < run.py:1
 *     because   this thread holds none of the locks that the dealloc of such an
 *               object takes
 *     object    <t.Wrapper> ADDR, refcount 1,
 *               created by main thread at run.py:1
 *     history   main thread  enabled for TryIncRef  1 -> 1  make_wrapper:NUM
 *               T2 'worker'  TryIncRef              1 -> 1  find:NUM
 *     fix       look the pointer up and call PyUnstable_TryIncRef under the same
 *               lock under which tp_dealloc removes it
 *     more      refsan explain tryincref-unlocked
 * report:
 *   refsan: tryincref-unlocked: PyUnstable_TryIncRef without the lock that the object's dealloc takes
 *     object  ADDR  <t.Wrapper>  ...
 *     TryIncRef by thread T2 'worker' ...:
 *       #0 ADDR in find ...tryincref-unlocked-tp-free.c:@try ...
 *       ...
 *     because  this thread holds none of the locks that the dealloc of such an object takes
 *     ...
 */
#include "ext.h"

static PyObject *registered;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

static void
find(void *unused)
{
#ifdef FIXED
    pthread_mutex_lock(&lock);
#endif
    PyObject *found = registered;

    if (found == NULL || !PyUnstable_TryIncRef(found)) // @try
        abort();
#ifdef FIXED
    pthread_mutex_unlock(&lock);
#endif
    Py_DecRef(found);
}

static void
wrapper_dealloc(PyObject *self)
{
    PyTypeObject *type = Py_TYPE(self);

    PyObject_GC_UnTrack(self);
    pthread_mutex_lock(&lock);
    if (registered == self)
        registered = NULL;
    pthread_mutex_unlock(&lock);
    type->tp_free(self);
    Py_DECREF(type);
}

static int
wrapper_traverse(PyObject *self, visitproc visit, void *arg)
{
    Py_VISIT(Py_TYPE(self));
    return 0;
}

static PyType_Slot wrapper_slots[] = {
    {Py_tp_dealloc, (void *)wrapper_dealloc},
    {Py_tp_traverse, (void *)wrapper_traverse},
    {0, NULL},
};

static PyType_Spec wrapper_spec = {
    .name = "t.Wrapper",
    .basicsize = sizeof(PyObject),
    .flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_GC,
    .slots = wrapper_slots,
};

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

static PyObject *
look_up(PyObject *self, PyObject *unused)
{
    PyObject *type = PyType_FromSpec(&wrapper_spec);
    PyObject *wrapper;

    Py_DecRef(make_wrapper(type));
    wrapper = make_wrapper(type);
    EXT_THREAD(find, NULL);
    Py_DecRef(wrapper);
    Py_DECREF(type);
    Py_RETURN_NONE;
}

EXT_MODULE(t, EXT_NOARGS(look_up))
