/* SPDX-License-Identifier: MIT */
/* refop-detached: a native thread gives its reference back without attaching.
 *
 * "No GIL" is not "no setup": the last decref runs a destructor, and that needs
 * a thread state on every build.
 *
 * like: apache/tvm-ffi#528
 * run: import t; t.hand_over([object()])
 * exit: 66
 * crash[ft, >=3.15]: plainly
 *   follows  refop-detached:clean_up, about <list> ADDR, live
 * report:
 *   refsan: refop-detached: reference operation on a thread with no attached thread state
 *     object  ADDR  <list>  ...
 *     decref by thread ... 'worker' ...:
 *       #0 ADDR in clean_up ...refop-detached-native-thread.c:@release ...
 *       ...
 */
#include "ext.h"

static void
clean_up(void *object)
{
#ifdef FIXED
    PyGILState_STATE state = PyGILState_Ensure();
#endif
    Py_DecRef(object); // @release
#ifdef FIXED
    PyGILState_Release(state);
#endif
}

static PyObject *
hand_over(PyObject *self, PyObject *object)
{
    Py_INCREF(object);
    EXT_THREAD_DETACHED(clean_up, object);
    Py_RETURN_NONE;
}

EXT_MODULE(t, EXT_O(hand_over))
