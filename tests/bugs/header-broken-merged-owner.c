/* SPDX-License-Identifier: MIT */
/* header-broken: an object's counts are merged by hand, and the name of its
 * owner stays. The owner goes on counting the half that is no longer valid.
 *
 * like: python/cpython#135106
 * needs: ft
 * run: import t; t.merge()
 * exit: 66
 * report:
 *   refsan: header-broken: the object's header holds a combination that reference counting never produces
 *     object  ADDR  <list>  ...owner T1 ...
 *     decref of the last local reference by thread T1 ...:
 *       #0 ADDR in merge ...header-broken-merged-owner.c:@release ...
 *       ...
 *     because  it is merged, yet a thread counted it as its own
 *     ...
 */
#include "ext.h"

static PyObject *
merge(PyObject *self, PyObject *unused)
{
    PyObject *object = PyList_New(0);

    object->ob_ref_shared = (1 << _Py_REF_SHARED_SHIFT) | _Py_REF_MERGED;
#ifdef FIXED
    object->ob_ref_local = 0;
    object->ob_tid = 0;
#endif
    Py_DECREF(object); // @release
    Py_RETURN_NONE;
}

EXT_MODULE(t, EXT_NOARGS(merge))
