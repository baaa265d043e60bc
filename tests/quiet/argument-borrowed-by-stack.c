/* SPDX-License-Identifier: MIT */
/* The argument of a call has a count of 1, or less than the references one can
 * see: from 3.14 on the caller's stack holds it without counting.
 *
 * trap[>=3.14]: a count of 1 and two references to see
 * trap: a reference for each that one can see
 * run:
 *   import t, threading
 *   def call():
 *       mine = [1]
 *       t.count(mine)
 *       t.keep(mine)
 *       t.count(mine)
 *       t.forget()
 *       t.count_elsewhere(mine)
 *       t.count_elsewhere([2])
 *   for _ in range(100):
 *       call()
 *   thread = threading.Thread(target=call)
 *   thread.start()
 *   thread.join()
 */
#include "ext.h"

static PyObject *kept;

static void
count_it(void *object)
{
    Py_IncRef((PyObject *)object);
    Py_DecRef((PyObject *)object);
    Py_INCREF((PyObject *)object);
    Py_DECREF((PyObject *)object);
}

static PyObject *
count(PyObject *self, PyObject *object)
{
    if (kept == NULL) { /* the caller's variable, and the argument */
#if PY_VERSION_HEX >= 0x030e0000
        EXT_ENTERED("a count of 1 and two references to see",
                    ext_refcount(object) == 1);
#else
        EXT_ENTERED("a reference for each that one can see",
                    ext_refcount(object) >= 2);
#endif
    }
    count_it(object);
    Py_RETURN_NONE;
}

static PyObject *
count_elsewhere(PyObject *self, PyObject *object)
{
    EXT_THREAD(count_it, object);
    Py_RETURN_NONE;
}

static PyObject *
keep(PyObject *self, PyObject *object)
{
    kept = Py_NewRef(object);
    Py_RETURN_NONE;
}

static PyObject *
forget(PyObject *self, PyObject *unused)
{
    Py_CLEAR(kept);
    Py_RETURN_NONE;
}

EXT_MODULE(t,
           EXT_O(count) EXT_O(count_elsewhere) EXT_O(keep) EXT_NOARGS(forget))
