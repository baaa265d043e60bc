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
 * story:
 *   borrowed-race-list-loop.c:@count: error: borrowed list used while other threads can release it [borrowed-race]
 *     incref, main thread
 *       NUM | Py_IncRef(item); // @count
 *            walk < run.py:1
 *     borrowed, main thread
 *       NUM | PyObject *item = PyList_GetItem(list, i); // @borrow
 *            walk
 *     container changed, T2 'worker'
 *       NUM | PyList_SetSlice((PyObject *)list, 2, 3, NULL); // @change
 *            shorten < ext_thread_main (ext.h:NUM)
 *     because   another thread changes the container, and no lock was held from the
 *               look-up on
 *     object    <list> ADDR, refcount 1,
 *               created by main thread at run.py:1
 *     fix       use a getter that returns a strong reference (PyDict_GetItemRef,
 *               PyList_GetItemRef, PyWeakref_GetRef, PyCell_Get), or hold the
 *               container's critical section (Py_BEGIN_CRITICAL_SECTION) …
 *     more      refsan explain borrowed-race
 * report:
 *   refsan: borrowed-race: a borrowed reference was used while another thread modifies its container
 *     object  ADDR  <list>  refcount local 1 + shared 0 = 1, owner T1 'python...', live
 *     incref by thread T1 'python...':
 *       #0 in walk borrowed-race-list-loop.c:@count
 *       #1 in <module> run.py:1 (python)
 *     because  another thread changes the container, and no lock was held from the look-up on
 *     borrowed from a container by thread T1 'python...':
 *       #0 in walk borrowed-race-list-loop.c:@borrow
 *     the container was changed by thread T2 'worker' (created by T1 'python...'):
 *       #0 in shorten borrowed-race-list-loop.c:@change
 *       #1 in ext_thread_main ext.h:NUM
 *     created by thread T1 'python...':
 *       #0 in <module> run.py:1 (python)
 *     history  oldest first: thread, operation, refcount, place
 *       1.  T1   incref              1 -> 2     in walk borrowed-race-list-loop.c:@count
 *     fix      use a getter that returns a strong reference (PyDict_GetItemRef, PyList_GetItemRef, PyWeakref_GetRef, PyCell_Get), or hold the container's critical section (Py_BEGIN_CRITICAL_SECTION), or a lock that all changes take, too, from the look-up to the incref
 *     suppress borrowed-race:walk
 *     docs     docs/reports.md#borrowed-race
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
