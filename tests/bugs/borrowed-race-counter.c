/* SPDX-License-Identifier: MIT */
/* borrowed-race: the lock is given back before the borrowed value is counted.
 *
 * The look-up happens under the lock that all changes take, too; the incref does
 * not. What was looked up may be gone by then.
 *
 * like: python/cpython#151633
 * needs: ft births
 * run: import t; t.update({"spam": [1]})
 * exit: 66
 * report:
 *   refsan: borrowed-race: a borrowed reference was used while another thread modifies its container
 *     object  ADDR  <list>  ...
 *     incref by thread T1 ...:
 *       #0 ADDR in get_count ...borrowed-race-counter.c:@count ...
 *       ...
 *     because  another thread changes the container, and no lock was held from the look-up on
 *     borrowed from a container by thread T1 ...:
 *       #0 ADDR in get_count ...borrowed-race-counter.c:@borrow ...
 *       ...
 *     the container was changed by thread T2 'worker' ...:
 *       #0 ADDR in set_count ...borrowed-race-counter.c:@change ...
 *     ...
 */
#include "ext.h"

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct ext_gate has_set, may_end;

static PyObject *
get_count(PyObject *dict)
{
    PyObject *count;

    pthread_mutex_lock(&lock);
    count = PyDict_GetItemString(dict, "spam"); // @borrow
#ifdef FIXED
    Py_IncRef(count);
    pthread_mutex_unlock(&lock);
#else
    pthread_mutex_unlock(&lock);
    Py_IncRef(count); // @count
#endif
    return count;
}

static void
set_count(void *dict)
{
    PyObject *count = PyList_New(0);

    pthread_mutex_lock(&lock);
    PyDict_SetItemString((PyObject *)dict, "spam", count); // @change
    pthread_mutex_unlock(&lock);
    Py_DECREF(count);
    ext_gate_open(&has_set);
    ext_gate_wait(&may_end);
}

static PyObject *
update(PyObject *self, PyObject *dict)
{
    struct ext_thread worker = {
        .function = set_count, .argument = dict, .is_attached = 1};

    ext_gate_make(&has_set);
    ext_gate_make(&may_end);
    Py_DECREF(get_count(dict));
    ext_thread_start(&worker);
    ext_gate_wait(&has_set);
    Py_DECREF(get_count(dict));
    ext_gate_open(&may_end);
    ext_thread_join(&worker);
    Py_RETURN_NONE;
}

EXT_MODULE(t, EXT_O(update))
