/* incref-after-zero: a cache hands out what is gone, and each user releases it.
 *
 * The reference is refused, so its release is no second error.
 *
 * needs: births
 * run: import t; t.use()
 * exit: 66
 * report:
 *   refsan: incref-after-zero: incref of an object whose deallocation has begun
 *     object  ADDR  <list>  ...
 *     incref by thread T1 'python...':
 *       #0 in look_up incref-after-zero-released-again.c:@take
 *       #...
 *     because  its deallocation is over
 *     skipped  refsan skipped the operation so that the process can continue...
 *     ...
 *     suppress incref-after-zero:look_up
 *     ...
 */
#include "ext.h"

static PyObject *cache;

static PyObject *Py_NO_INLINE
look_up(void)
{
    Py_IncRef(cache); // @take
    return cache;
}

static PyObject *
use(PyObject *self, PyObject *unused)
{
    cache = PyList_New(0);
#ifndef FIXED
    Py_DecRef(cache);
#endif
    for (int i = 0; i < 3; i++) {
        PyObject *found = look_up();

        Py_DecRef(found);
    }
    Py_RETURN_NONE;
}

EXT_MODULE(t, EXT_NOARGS(use))
