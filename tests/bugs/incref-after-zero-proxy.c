/* SPDX-License-Identifier: MIT */
/* incref-after-zero: a tree node points back at its proxy without owning it. A
 * look-up finds the proxy while its finalizer is about to run, and takes a
 * reference under a lock that the dealloc does not take.
 *
 * like: python/cpython#138101, lxml/lxml#477
 * needs: births
 * run: import t; t.drop_proxy()
 * exit: 66
 * report:
 *   refsan: incref-after-zero: incref of an object whose deallocation has begun
 *     object  ADDR  <t.Proxy>  ...
 *     incref by thread ... 'worker' ...:
 *       #0 ADDR in proxy_of ...incref-after-zero-proxy.c:@take ...
 *       #...
 *     because  its deallocation has begun on another thread
 *     ...
 */
#include "ext.h"

static struct {
    PyObject *proxy; /* not owned */
} node;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

static void
proxy_of(void *unused)
{
    pthread_mutex_lock(&lock);
    if (node.proxy != NULL)
        Py_IncRef(node.proxy); // @take
    pthread_mutex_unlock(&lock);
}

static void
proxy_dealloc(PyObject *self)
{
    PyTypeObject *type = Py_TYPE(self);

#ifdef FIXED
    pthread_mutex_lock(&lock);
    node.proxy = NULL;
    pthread_mutex_unlock(&lock);
#endif
    EXT_THREAD(proxy_of, NULL);
    node.proxy = NULL;
    PyObject_Free(self);
    Py_DECREF(type);
}

EXT_TYPE(proxy_spec, "t.Proxy", proxy_dealloc);

static PyObject *
drop_proxy(PyObject *self, PyObject *unused)
{
    PyObject *type = PyType_FromSpec(&proxy_spec);

    node.proxy = PyObject_CallNoArgs(type);
    Py_DecRef(node.proxy);
    Py_DECREF(type);
    Py_RETURN_NONE;
}

EXT_MODULE(t, EXT_NOARGS(drop_proxy))
