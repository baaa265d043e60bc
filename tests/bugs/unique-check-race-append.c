/* SPDX-License-Identifier: MIT */
/* unique-check-race: text is appended in place when the string's count is 1,
 * in a thread that does not own it. The owner may take another reference at
 * any moment, and counts it where the check does not look.
 *
 * like: python/cpython#132070
 * needs: ft >=3.14
 * options: warnings_are_errors=1
 * run: import t; t.write_log()
 * exit: 66
 * report:
 *   refsan: unique-check-race: a reference count of 1 was read where it does not mean one reference
 *     object  ADDR  <str>  ...owner T1 ...
 *     reference count read by thread ... 'worker' ...:
 *       #0 ADDR in append ...unique-check-race-append.c:@ask ...
 *       #...
 *     because  it is owned by T1 'python...', not by this thread
 *     ...
 */
#include "ext.h"

static PyObject *line;

static void
append(void *unused)
{
#ifdef FIXED
    int is_mine = PyUnstable_Object_IsUniquelyReferenced(line);
#else
    int is_mine = (Py_REFCNT)(line) == 1; // @ask
#endif

    if (is_mine)
        PyUnicode_WriteChar(line, 0, '>');
}

static PyObject *
write_log(PyObject *self, PyObject *unused)
{
    line = PyUnicode_FromFormat("line %d of %s", 1, "the log");
    EXT_THREAD(append, NULL);
    return line;
}

EXT_MODULE(t, EXT_NOARGS(write_log))
