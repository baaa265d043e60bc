/* SPDX-License-Identifier: MIT */
/* incref-after-zero: an item is borrowed from a list, the list drops it, and
 * then a reference is taken: in one function, compiled in several ways.
 *
 * needs: births >=3.14
 * run: import t; t.del_item(); t.set_item(); t.set_slice()
 * exit: 66
 * story:
 *   incref-after-zero-popped.c:@del_item: error: list used after its last reference was released [incref-after-zero]
 *     incref, main thread
 *       NUM | Py_IncRef(item); // @del_item
 *            del_item < run.py:1
 *     deallocation began, main thread at run.py:1
 *     borrowed, main thread at ext_popped.h:NUM
 *       NUM | *item = PyList_GetItem(list, 0);
 *            make
 *     because   its deallocation is over
 *     object    <list> ADDR, created by main thread at run.py:1
 *     history   main thread  given to a container  1 -> 1   make ext_popped.h:NUM
 *               main thread  incref                skipped  del_item:NUM
 *     fix       hold a strong reference while the pointer is in use (Py_NewRef,
 *               PyDict_GetItemRef, PyList_GetItemRef, PyWeakref_GetRef) …
 *     more      refsan explain incref-after-zero
 * report:
 *   refsan: incref-after-zero: incref of an object whose deallocation has begun
 *     object  ADDR  <list>  ...
 *     incref by thread T1 ...:
 *       #0 ADDR in del_item ...incref-after-zero-popped.c:@del_item ...
 *       #...
 *     because  its deallocation is over
 *     ...
 *   refsan: incref-after-zero: incref of an object whose deallocation has begun
 *     object  ADDR  <list>  ...
 *     incref by thread T1 ...:
 *       #0 ADDR in set_item ...incref-after-zero-popped.c:@set_item ...
 *       #...
 *     because  its deallocation is over
 *     ...
 *   refsan: incref-after-zero: incref of an object whose deallocation has begun
 *     object  ADDR  <list>  ...
 *     incref by thread T1 ...:
 *       #0 ADDR in set_slice ...incref-after-zero-popped.c:@set_slice ...
 *       #...
 *     because  its deallocation is over
 *     ...
 */
#ifdef FIXED
#define POPPED_IS_OWNED 1
#else
#define POPPED_IS_OWNED 0
#endif
#include "ext_popped.h"

COMPILED("O0")
static PyObject *
del_item(PyObject *self, PyObject *unused)
{
    PyObject *item, *list = make(&item);

    PySequence_DelItem(list, 0);
    Py_IncRef(item); // @del_item
    Py_DecRef(item);
    return end(list, item);
}

COMPILED("O2")
static PyObject *
set_item(PyObject *self, PyObject *unused)
{
    PyObject *item, *list = make(&item);

    PyList_SetItem(list, 0, PyList_New(0));
    Py_IncRef(item); // @set_item
    Py_DecRef(item);
    return end(list, item);
}

COMPILED("O3")
static PyObject *
set_slice(PyObject *self, PyObject *unused)
{
    PyObject *item, *list = make(&item);

    PyList_SetSlice(list, 0, 1, NULL);
    Py_IncRef(item); // @set_slice
    Py_DecRef(item);
    return end(list, item);
}

EXT_MODULE(t, EXT_NOARGS(del_item) EXT_NOARGS(set_item) EXT_NOARGS(set_slice))
