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
 *       ...
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

static PyType_Slot proxy_slots[] = {{Py_tp_dealloc, (void *)proxy_dealloc},
                                    {0, NULL}};
static PyType_Spec proxy_spec = {
    .name = "t.Proxy",
    .basicsize = sizeof(PyObject),
    .flags = Py_TPFLAGS_DEFAULT,
    .slots = proxy_slots,
};

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
