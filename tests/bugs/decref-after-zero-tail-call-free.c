/* SPDX-License-Identifier: MIT */
/* decref-after-zero: the last statement of a module's m_free releases what its
 * close() has released.
 *
 * needs: births
 * run:
 *   import sys, gc, t
 *   t.close()
 *   del sys.modules["t"], t
 *   gc.collect()
 * exit: 66
 * report:
 *   refsan: decref-after-zero: decref of an object whose reference count had already reached zero
 *     object  ADDR  <list>  ...
 *     decref by thread T1 ...:
 *       #...
 *     because  its deallocation is over
 *     ...
 *     reference count reached zero in decref by thread T1 ...:
 *       #0 ADDR in close_cache ...decref-after-zero-tail-call-free.c:@first ...
 *     ...
 */
#include "ext.h"

struct state {
    PyObject *cache;
};

static struct state *
state_of(PyObject *module)
{
    return (struct state *)PyModule_GetState(module);
}

static int
make_cache(PyObject *module)
{
    state_of(module)->cache = PyList_New(0);
    return 0;
}

static PyObject *
close_cache(PyObject *module, PyObject *unused)
{
#ifdef FIXED
    Py_CLEAR(state_of(module)->cache);
#else
    Py_DecRef(state_of(module)->cache);             // @first
#endif
    Py_RETURN_NONE;
}

__attribute__((optimize("O3"))) static void
free_module(void *module)
{
#ifdef FIXED
    Py_XDECREF(state_of((PyObject *)module)->cache);
#else
    Py_DecRef(state_of((PyObject *)module)->cache); /* a jump */
#endif
}

static PyMethodDef methods[] = {{"close", close_cache, METH_NOARGS, NULL},
                                {NULL, NULL, 0, NULL}};
static PyModuleDef_Slot slots[] = {
    {Py_mod_exec, (void *)make_cache},
    EXT_SLOT_GIL{0, NULL},
};
static PyModuleDef definition = {
    .m_base = PyModuleDef_HEAD_INIT,
    .m_name = "t",
    .m_size = sizeof(struct state),
    .m_methods = methods,
    .m_slots = slots,
    .m_free = free_module,
};

PyMODINIT_FUNC
PyInit_t(void)
{
    return PyModuleDef_Init(&definition);
}
