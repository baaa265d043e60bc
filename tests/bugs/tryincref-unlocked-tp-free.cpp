/* SPDX-License-Identifier: MIT */
/* tryincref-unlocked: the usual dealloc of a C++ binding, of a type that the
 * collector tracks, takes its object out of a map under a mutex and ends in
 * tp_free; the look-up does not take the mutex.
 *
 * needs: >=3.14 ft
 * run: import t; t.look_up()
 * exit: 66
 * report:
 *   refsan: tryincref-unlocked: PyUnstable_TryIncRef without the lock that the object's dealloc takes
 *     object  ADDR  <t.Node>  ...
 *     TryIncRef by thread T2 'worker' ...:
 *       #0 ADDR in find(void*) ...tryincref-unlocked-tp-free.cpp:@try ...
 *       ...
 *     because  this thread holds none of the locks that the dealloc of such an object takes
 *     ...
 */
#include "ext.h"

#include <map>
#include <mutex>

static std::map<int, PyObject *> nodes;
static std::mutex guard;

static void
find(void *unused)
{
#ifdef FIXED
    std::lock_guard<std::mutex> hold(guard);
#endif
    PyObject *node = nodes.at(2);

    if (PyUnstable_TryIncRef(node)) // @try
        Py_DecRef(node);
}

static void
node_dealloc(PyObject *self)
{
    PyTypeObject *type = Py_TYPE(self);

    PyObject_GC_UnTrack(self);
    {
        std::lock_guard<std::mutex> hold(guard);

        for (auto at = nodes.begin(); at != nodes.end();)
            at = at->second == self ? nodes.erase(at) : std::next(at);
    }
    type->tp_free(self);
    Py_DECREF(type);
}

static int
node_traverse(PyObject *self, visitproc visit, void *arg)
{
    Py_VISIT(Py_TYPE(self));
    return 0;
}

static PyType_Slot node_slots[] = {
    {Py_tp_dealloc, (void *)node_dealloc},
    {Py_tp_traverse, (void *)node_traverse},
    {0, nullptr},
};

static PyType_Spec node_spec = {
    "t.Node",   sizeof(PyObject), 0, Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_GC,
    node_slots,
};

static PyObject *
add(PyObject *type, int key)
{
    PyObject *node = PyObject_CallNoArgs(type);
    std::lock_guard<std::mutex> hold(guard);

    PyUnstable_EnableTryIncRef(node);
    return nodes[key] = node;
}

static PyObject *
look_up(PyObject *self, PyObject *unused)
{
    PyObject *type = PyType_FromSpec(&node_spec);

    Py_DecRef(add(type, 1));
    add(type, 2);
    EXT_THREAD(find, nullptr);
    Py_DecRef(nodes.at(2));
    Py_DECREF(type);
    Py_RETURN_NONE;
}

EXT_MODULE(t, EXT_NOARGS(look_up))
