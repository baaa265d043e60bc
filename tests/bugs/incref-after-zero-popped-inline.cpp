/* SPDX-License-Identifier: MIT */
/* incref-after-zero: a smart pointer takes a reference to an item that a list
 * lent, and has dropped since: all of it is compiled in line.
 *
 * needs: births >=3.14 instrumented
 * run: import t; t.pop(); t.replace()
 * exit: 66
 * report:
 *   refsan: incref-after-zero: incref of an object whose deallocation has begun
 *     object  ADDR  <list>  ...
 *     incref by thread T1 ...:
 *       #0 ADDR in reference ...incref-after-zero-popped-inline.cpp:@take ...
 *       #...
 *     because  its deallocation is over
 *     ...
 *   refsan: 1 bug, 2 occurrences, in 1 process:
 *   ...
 */
#include "ext.h"

class reference {
  public:
    explicit reference(PyObject *object) : object_(object)
    {
        Py_INCREF(object_); // @take
    }
    ~reference()
    {
        Py_DECREF(object_);
    }
    reference(const reference &) = delete;
    reference &operator=(const reference &) = delete;

  private:
    PyObject *object_;
};

static PyObject *
make(PyObject **item)
{
    PyObject *list = PyList_New(1);

    *item = PyList_New(0);
    PyList_SET_ITEM(list, 0, *item);
    return list;
}

static PyObject *
pop(PyObject *self, PyObject *unused)
{
    PyObject *item, *list = make(&item);

    {
#ifdef FIXED
        reference held(item);
#endif
        PySequence_DelItem(list, 0);
#ifndef FIXED
        reference held(item);
#endif
    }
    Py_DECREF(list);
    Py_RETURN_NONE;
}

static PyObject *
replace(PyObject *self, PyObject *unused)
{
    PyObject *item, *list = make(&item);

    {
#ifdef FIXED
        reference held(item);
#endif
        PyObject_SetItem(list, Py_False, Py_None);
#ifndef FIXED
        reference held(item);
#endif
    }
    Py_DECREF(list);
    Py_RETURN_NONE;
}

EXT_MODULE(t, EXT_NOARGS(pop) EXT_NOARGS(replace))
