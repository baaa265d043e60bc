/* SPDX-License-Identifier: MIT */
/* A count of 1 that means what it says: the object was made in this very call,
 * or the caller has no name for it; and the functions that know are asked.
 *
 * like: indygreg/python-zstandard#201
 * needs: >=3.14
 * trap:
 *   a count of 1 read by who made the object
 *   a count of 1 and a caller that has no name for it
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

    EXT_ENTERED("a count of 1 read by who made the object",
                (Py_REFCNT)(list) == 1);
    return list;
}

static PyObject *
look(PyObject *self, PyObject *object)
{
    Py_ssize_t count = (Py_REFCNT)(object);

    EXT_ENTERED("a count of 1 and a caller that has no name for it",
                count == 1);
    return PyLong_FromSsize_t(count);
}

static PyObject *
ask(PyObject *self, PyObject *object)
{
    return PyLong_FromLong(
        PyUnstable_Object_IsUniquelyReferenced(object) &&
        PyUnstable_Object_IsUniqueReferencedTemporary(object));
}

EXT_MODULE(t, EXT_NOARGS(make) EXT_O(look) EXT_O(ask))
