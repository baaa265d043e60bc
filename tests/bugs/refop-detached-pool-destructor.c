/* SPDX-License-Identifier: MIT */
/* refop-detached: a buffer is destroyed by a thread of a native pool, and its
 * destructor gives back the array that it was made from.
 *
 * like: apache/arrow#1627
 * run: import t; t.make_buffer([1, 2])
 * exit: 66
 * crash[ft, >=3.15]: plainly
 *   follows  refop-detached:buffer_destroy, about <list> ADDR, live
 * report:
 *   refsan: refop-detached: reference operation on a thread with no attached thread state
 *     object  ADDR  <list>  ...
 *     decref by thread ... 'worker' ...:
 *       #0 ADDR in buffer_destroy ...refop-detached-pool-destructor.c:@release ...
 *       ...
 *     ...
 */
#include "ext.h"

struct buffer {
    PyObject *array;
};

static void
buffer_destroy(void *context)
{
    struct buffer *buffer = (struct buffer *)context;
#ifdef FIXED
    PyGILState_STATE state = PyGILState_Ensure();
#endif

    Py_DecRef(buffer->array); // @release
#ifdef FIXED
    PyGILState_Release(state);
#endif
    free(buffer);
}

static PyObject *
make_buffer(PyObject *self, PyObject *array)
{
    struct buffer *buffer = (struct buffer *)malloc(sizeof(*buffer));

    buffer->array = Py_NewRef(array);
    EXT_THREAD_DETACHED(buffer_destroy, buffer);
    Py_RETURN_NONE;
}

EXT_MODULE(t, EXT_O(make_buffer))
