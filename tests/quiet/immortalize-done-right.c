/* SPDX-License-Identifier: MIT */
/* Immortal from the first moment, then used by everybody; asked for again, which
 * is refused and means nothing; and constants that were immortal already.
 *
 * needs: >=3.15
 * trap:
 *   immortal from the first moment
 *   asked for again and refused
 * options: warnings_are_errors=1
 * run:
 *   import t
 *   t.make()
 */
#include "ext.h"

static void
use(void *object)
{
    Py_IncRef(object);
    PyUnstable_SetImmortal(object);
    Py_DecRef(object);
}

static PyObject *
make(PyObject *self, PyObject *unused)
{
    PyObject *table = PyList_New(0);

    EXT_ENTERED("immortal from the first moment",
                PyUnstable_SetImmortal(table) && !ext_is_counted(table));
    EXT_THREAD(use, table);
    EXT_ENTERED("asked for again and refused",
                !PyUnstable_SetImmortal(table) &&
                    !PyUnstable_SetImmortal(Py_None));
    return table;
}

EXT_MODULE(t, EXT_NOARGS(make))
