/* SPDX-License-Identifier: MIT */
/* Functions whose last statement counts, frees or asks: the interpreter seems
 * to do it. All of it is right.
 *
 * trap:
 *   a dealloc that ends in a release
 *   a function that ends in a reference
 * run:
 *   import t, threading
 *   def work():
 *       for _ in range(100):
 *           things = [t.make(t), t.make(t)]
 *           t.get(things)
 *           t.give_up(things)
 *           del things
 *   work()
 *   threads = [threading.Thread(target=work) for _ in range(3)]
 *   for thread in threads:
 *       thread.start()
 *   for thread in threads:
 *       thread.join()
 */
#include "ext.h"

#ifdef __clang__
#define ENDS_IN_JUMP
#else
#define ENDS_IN_JUMP __attribute__((optimize("O2"), noinline))
#endif

struct thing {
    PyObject base;
    PyObject *owned;
};

static PyTypeObject Thing;

ENDS_IN_JUMP static void
release_later(PyObject *owned)
{
    EXT_ENTERED("a dealloc that ends in a release", ext_refcount(owned) >= 1);
    Py_DecRef(owned);
}

ENDS_IN_JUMP static void
thing_dealloc(PyObject *self)
{
    PyObject *owned = ((struct thing *)self)->owned;

    PyObject_Free(self);
    release_later(owned);
}

static PyTypeObject Thing = {
    PyVarObject_HEAD_INIT(NULL, 0).tp_name = "t.Thing",
    .tp_basicsize = sizeof(struct thing),
    .tp_flags = Py_TPFLAGS_DEFAULT,
    .tp_dealloc = thing_dealloc,
};

static PyObject *
make(PyObject *self, PyObject *owned)
{
    struct thing *thing = PyObject_New(struct thing, &Thing);

    thing->owned = Py_NewRef(owned);
    return (PyObject *)thing;
}

ENDS_IN_JUMP static PyObject *
get(PyObject *self, PyObject *object)
{
    EXT_ENTERED("a function that ends in a reference",
                ext_refcount(object) >= 1);
    return (Py_NewRef)(object);
}

ENDS_IN_JUMP static PyObject *
none_after(PyObject *object)
{
    Py_IncRef(object);
    Py_DecRef(object);
    return (Py_NewRef)(Py_None);
}

ENDS_IN_JUMP static PyObject *
give_up(PyObject *self, PyObject *object)
{
    return none_after(object);
}

static int
ready(PyObject *module)
{
    return PyType_Ready(&Thing);
}

EXT_MODULE_EXEC(t, ready, EXT_O(make) EXT_O(get) EXT_O(give_up))
