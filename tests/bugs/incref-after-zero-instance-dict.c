/* SPDX-License-Identifier: MIT */
/* incref-after-zero: a reader has loaded the dictionary of an object when
 * another thread gives the object a new one and drops the old.
 *
 * like: python/cpython#124470
 * needs: births, >=3.14
 * run: import t; t.assign()
 * exit: 66
 * crash[gil, >=3.15]: lists
 *   follows  incref-after-zero:read_attribute, about <dict> ADDR, dead
 * report:
 *   refsan: incref-after-zero: incref of an object whose deallocation has begun
 *     object  ADDR  <dict>  ...
 *     incref by thread T2 'worker' ...:
 *       #0 ADDR in read_attribute ...incref-after-zero-instance-dict.c:@take ...
 *       #...
 *     because  its deallocation is over
 *     ...
 *     reference count reached zero in decref by thread T1 ...:
 *       #0 ADDR in assign ...incref-after-zero-instance-dict.c:@release ...
 *     ...
 */
#include "ext.h"

static PyObject *attributes; /* what one object's __dict__ slot holds */
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct ext_gate has_read, has_changed;

static void
read_attribute(void *unused)
{
    PyObject *loaded;

#ifdef FIXED
    pthread_mutex_lock(&lock);
    loaded = Py_NewRef(attributes);
    pthread_mutex_unlock(&lock);
#else
    loaded = attributes;
#endif
    ext_gate_open(&has_read);
    ext_gate_wait(&has_changed);
#ifdef FIXED
    Py_DecRef(loaded);
#else
    Py_IncRef(loaded); // @take
#endif
}

static PyObject *
assign(PyObject *self, PyObject *unused)
{
    struct ext_thread worker = {.function = read_attribute, .is_attached = 1};
    PyObject *old = PyDict_New();

    attributes = old;
    ext_gate_make(&has_read);
    ext_gate_make(&has_changed);
    ext_thread_start(&worker);
    ext_gate_wait(&has_read);
    pthread_mutex_lock(&lock); /* alone, it is of no use */
    attributes = PyDict_New();
    pthread_mutex_unlock(&lock);
    Py_DecRef(old); // @release
    ext_gate_open(&has_changed);
    ext_thread_join(&worker);
    return attributes;
}

EXT_MODULE(t, EXT_NOARGS(assign))
