/* SPDX-License-Identifier: MIT */
/* incref-after-zero: an item is borrowed, and then dropped by a call that is not
 * watched: through a dict, or by a method; and the reference is taken deeper
 * than where the item died.
 *
 * needs: births >=3.14
 * run: import t; t.dict_del(); t.method(); t.own_list()
 * exit: 66
 * story:
 *   incref-after-zero-popped-unwatched.c:@dict_del: error: list used after its last reference was released [incref-after-zero]
 *     incref, main thread
 *       NUM | Py_IncRef(item); // @dict_del
 *            dict_del < run.py:1
 *     deallocation began, main thread at run.py:1
 *     borrowed, main thread at ext_popped.h:NUM
 *       NUM | *item = PyList_GetItem(list, 0);
 *            make
 *     because   its deallocation is over
 *     object    <list> ADDR, created by main thread at run.py:1
 *     history   main thread  given to a container  1 -> 1   make ext_popped.h:NUM
 *               main thread  incref                skipped  dict_del:NUM
 *     fix       hold a strong reference while the pointer is in use (Py_NewRef,
 *               PyDict_GetItemRef, PyList_GetItemRef, PyWeakref_GetRef) …
 *     more      refsan explain incref-after-zero
 * report:
 *   refsan: incref-after-zero: incref of an object whose deallocation has begun
 *     object  ADDR  <list>  ...
 *     incref by thread T1 ...:
 *       #0 ADDR in dict_del ...incref-after-zero-popped-unwatched.c:@dict_del ...
 *       #...
 *     because  its deallocation is over
 *     ...
 *   refsan: incref-after-zero: incref of an object whose deallocation has begun
 *     object  ADDR  <list>  ...
 *     incref by thread T1 ...:
 *       #0 ADDR in method ...incref-after-zero-popped-unwatched.c:@method ...
 *       #...
 *     because  its deallocation is over
 *     ...
 *   refsan: incref-after-zero: incref of an object whose deallocation has begun
 *     object  ADDR  <list>  ...
 *     incref by thread T1 ...:
 *       #0 ADDR in take ...incref-after-zero-popped-unwatched.c:@take ...
 *       #...
 *     because  its deallocation has begun, and is the interpreter's own
 *     ...
 */
#ifdef FIXED
#define POPPED_IS_OWNED 1
#else
#define POPPED_IS_OWNED 0
#endif
#include "ext_popped.h"

COMPILED("O2")
static PyObject *
dict_del(PyObject *self, PyObject *unused)
{
    PyObject *item, *list = make(&item), *dict = PyDict_New();

    PyDict_SetItem(dict, Py_None, item);
    PySequence_DelItem(list, 0);
    PyObject_DelItem(dict, Py_None);
    Py_IncRef(item); // @dict_del
    Py_DecRef(item);
    Py_DECREF(dict);
    return end(list, item);
}

COMPILED("O2")
static PyObject *
method(PyObject *self, PyObject *unused)
{
    PyObject *item, *list = make(&item);

    Py_XDECREF(PyObject_CallMethod(list, "clear", NULL));
    Py_IncRef(item); // @method
    Py_DecRef(item);
    return end(list, item);
}

/* Deeper than where the item died. */
COMPILED("O0")
static void
take(PyObject *item)
{
    volatile char room[1024];

    room[0] = room[1023] = 0;
    Py_IncRef(item); // @take
    Py_DecRef(item);
}

COMPILED("O2")
static PyObject *
own_list(PyObject *self, PyObject *unused)
{
    PyObject *item, *list = make(&item);

    PyObject_DelItem(list, Py_False);
    take(item);
    return end(list, item);
}

EXT_MODULE(t, EXT_NOARGS(dict_del) EXT_NOARGS(method) EXT_NOARGS(own_list))
