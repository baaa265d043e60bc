/* SPDX-License-Identifier: MIT */
/* borrowed-race: a cached value is borrowed from a dict that every thread
 * replaces values in.
 *
 * PyDict_GetItemWithError lends. Between the look-up and Py_NewRef another
 * thread may store a new value, and the old one is freed: here it does so before
 * and after, and the run is fine.
 *
 * like: swig/swig#3235
 * needs: >=3.13 ft
 * run:
 *   import t
 *   t.use({"type": [1]})
 * exit: 66
 * report:
 *   refsan: borrowed-race: a borrowed reference was used while another thread modifies its container
 *     object  ADDR  <list>  ...
 *     incref by thread T1 ...:
 *       #0 ADDR in look_up ...borrowed-race-dict-cache.c:@count ...
 *       ...
 *     because  another thread changes the container, and no lock was held from the look-up on
 *     borrowed from a container by thread T1 ...:
 *       #0 ADDR in look_up ...borrowed-race-dict-cache.c:@borrow ...
 *       ...
 *     the container was changed by thread T2 'worker' ...:
 *       #0 ADDR in store ...borrowed-race-dict-cache.c:@change ...
 *     ...
 */
#include "ext.h"

static struct ext_gate stored, looked_up;

static PyObject *
look_up(PyObject *dict)
{
#ifdef FIXED
    PyObject *found = NULL;

    PyDict_GetItemStringRef(dict, "type", &found);
    return found;
#else
    PyObject *found = PyDict_GetItemString(dict, "type"); // @borrow

    Py_IncRef(found); // @count
    return found;
#endif
}

static void
store(void *dict)
{
    PyObject *value = PyList_New(0);

    PyDict_SetItemString((PyObject *)dict, "type", value); // @change
    Py_DECREF(value);
    ext_gate_open(&stored);
    ext_gate_wait(&looked_up);
}

static PyObject *
use(PyObject *self, PyObject *dict)
{
    struct ext_thread worker = {
        .function = store, .argument = dict, .is_attached = 1};

    ext_gate_make(&stored);
    ext_gate_make(&looked_up);
    Py_XDECREF(look_up(dict));
    ext_thread_start(&worker);
    ext_gate_wait(&stored);
    Py_XDECREF(look_up(dict));
    ext_gate_open(&looked_up);
    ext_thread_join(&worker);
    Py_RETURN_NONE;
}

EXT_MODULE(t, EXT_O(use))
