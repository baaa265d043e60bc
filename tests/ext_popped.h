/* SPDX-License-Identifier: MIT */
/* ext_popped.h -- a list that lends an item, for programs that use the item after
 * the list has dropped it; in functions that are compiled in several ways.
 * POPPED_IS_OWNED: the program has a reference of its own. */
#ifndef REFSAN_TESTS_EXT_POPPED_H
#define REFSAN_TESTS_EXT_POPPED_H

#include "ext.h"

#ifdef __clang__
#define COMPILED(level)
#else
#define COMPILED(level) __attribute__((optimize(level), noinline))
#endif

/* Of two lists; the first is borrowed. */
static inline PyObject *
make(PyObject **item)
{
    PyObject *list = PyList_New(2);

    PyList_SetItem(list, 0, PyList_New(0));
    PyList_SetItem(list, 1, PyList_New(0));
    *item = PyList_GetItem(list, 0);
    if (POPPED_IS_OWNED)
        Py_INCREF(*item);
    return list;
}

static inline PyObject *
end(PyObject *container, PyObject *item)
{
    if (POPPED_IS_OWNED)
        Py_DECREF(item);
    Py_DECREF(container);
    Py_RETURN_NONE;
}

#endif
