/* SPDX-License-Identifier: MIT */
/* tryincref-unlocked: the dealloc takes a lock, the look-up does not.
 *
 * tp_dealloc removes the object from the registry under a lock. The look-up
 * reads the registry and calls PyUnstable_TryIncRef without it, so the memory
 * may go away in between.
 *
 * like: python/cpython#128844
 * needs: >=3.14 ft
 * run: import t; t.look_up()
 * exit: 66
 * story:
 *   tryincref-unlocked-registry.c:@try: error: PyUnstable_TryIncRef on t.Wrapper without the lock of its dealloc [tryincref-unlocked]
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
 *     object  ADDR  <t.Wrapper>  refcount local 1 + shared 0 = 1 (weakref), owner T1 'python...', live, try-enabled
 *     TryIncRef by thread T2 'worker' (created by T1 'python...'):
 *       #0 in find tryincref-unlocked-registry.c:@try
 *       #1 in ext_thread_main ext.h:NUM
 *     because  this thread holds none of the locks that the dealloc of such an object takes
 *     another of its type was deallocated by thread T1 'python...':
 *       #...
 *       #2 in look_up tryincref-unlocked-registry.c:NUM
 *       #3 in <module> run.py:1 (python)
 *     created by thread T1 'python...':
 *       #0 in <module> run.py:1 (python)
 *     history  oldest first: thread, operation, refcount, place
 *       1.  T1   try_enable          1 -> 1     in make_wrapper tryincref-unlocked-registry.c:NUM
 *       2.  T2   tryincref           1 -> 1     in find tryincref-unlocked-registry.c:@try
 *     fix      look the pointer up and call PyUnstable_TryIncRef under the same lock under which tp_dealloc removes it
 *     suppress tryincref-unlocked:find
 *     docs     docs/reports.md#tryincref-unlocked
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

    pthread_mutex_lock(&lock);
    if (registered == self)
        registered = NULL;
    pthread_mutex_unlock(&lock);
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
