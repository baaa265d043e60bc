/* SPDX-License-Identifier: MIT */
/* borrowed-race: walks over a list that another thread shortens.
 *
 * PyList_GetItem lends each item for as long as the list holds it. Another thread
 * empties the list: before and after, this time, and not in between.
 *
 * like: python-pillow/Pillow#9852, PyO3/pyo3#4539
 * needs: ft births
 * run: import t; t.walk([[1], [2], [3]])
 * exit: 66
 * report:
 *   refsan: borrowed-race: a borrowed reference was used while other threads change what lent it
 *     object  ADDR  <list>  ...
 *     incref by thread T1 ...:
 *       #0 ADDR in walk ...borrowed-race-list-loop.c:@count ...
 *       ...
 *     because  another thread changes the container, and no lock was held from the look-up on
 *     borrowed from a container by thread T1 ...:
 *       #0 ADDR in walk ...borrowed-race-list-loop.c:@borrow ...
 *     the container was changed by thread T2 'worker' ...:
 *       #0 ADDR in shorten ...borrowed-race-list-loop.c:@change ...
 *     ...
 */
#include "ext.h"

static struct ext_gate may_shorten, has_shortened, may_end;

static void
shorten(void *list)
{
    ext_gate_wait(&may_shorten);
    PyList_SetSlice((PyObject *)list, 2, 3, NULL); // @change
    ext_gate_open(&has_shortened);
    ext_gate_wait(&may_end);
}

static PyObject *
walk(PyObject *self, PyObject *list)
{
    struct ext_thread worker = {
        .function = shorten, .argument = list, .is_attached = 1};

    ext_gate_make(&may_shorten);
    ext_gate_make(&has_shortened);
    ext_gate_make(&may_end);
    ext_thread_start(&worker);
    for (Py_ssize_t i = 0; i < PyList_Size(list); i++) {
#ifdef FIXED
        PyObject *item = PyList_GetItemRef(list, i);
#else
        PyObject *item = PyList_GetItem(list, i); // @borrow

        Py_IncRef(item); // @count
#endif
        Py_DECREF(item);
        if (i == 0) {
            ext_gate_open(&may_shorten);
            ext_gate_wait(&has_shortened);
        }
    }
    ext_gate_open(&may_end);
    ext_thread_join(&worker);
    Py_RETURN_NONE;
}

EXT_MODULE(t, EXT_O(walk))
