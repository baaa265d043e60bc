/* SPDX-License-Identifier: MIT */
/* A count of 1 that means what it says: the object was made in this very call,
 * or the caller has no name for it; and the functions that know are asked.
 *
 * like: indygreg/python-zstandard#201
 * needs: >=3.14
 * options: warnings_are_errors=1
 * run:
 *   import t, threading
 *   for _ in range(100):
 *       t.make()
 *       t.look([1])
 *   mine = [1]
 *   t.ask(mine)
 *   thread = threading.Thread(target=lambda: t.ask(mine))
 *   thread.start()
 *   thread.join()
 */
#include "ext.h"

static PyObject *
make(PyObject *self, PyObject *unused)
{
    PyObject *list = PyList_New(0);

    if ((Py_REFCNT)(list) != 1)
        abort();
    return list;
}

static PyObject *
look(PyObject *self, PyObject *object)
{
    return PyLong_FromSsize_t((Py_REFCNT)(object));
}

static PyObject *
ask(PyObject *self, PyObject *object)
{
    return PyLong_FromLong(
        PyUnstable_Object_IsUniquelyReferenced(object) &&
        PyUnstable_Object_IsUniqueReferencedTemporary(object));
}

EXT_MODULE(t, EXT_NOARGS(make) EXT_O(look) EXT_O(ask))
