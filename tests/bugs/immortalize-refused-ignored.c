/* immortalize-refused: generated code makes all its constants immortal, each in
 * a function of its own, and looks at no answer. One report a module.
 *
 * needs: >=3.15
 * run: import t; t.make_constants([])
 * options: warnings_are_errors=1
 * exit: 66
 * report:
 *   refsan: immortalize-refused: PyUnstable_SetImmortal returned 0: the object stays mortal
 *     object  ADDR  <tuple>  ...
 *     refused to become immortal by thread T1 'python...':
 *       #0 in make_first immortalize-refused-ignored.c:@first
 *       #...
 *     because  it has 2 references
 *     ...
 */
#include "ext.h"

static PyObject *
make_constant(PyObject *cache)
{
    PyObject *constant = Py_BuildValue("(i)", 1000);

#ifndef FIXED
    PyList_Append(cache, constant);
#endif
    return constant;
}

static PyObject *first, *second, *third;

static void Py_NO_INLINE
make_first(PyObject *cache)
{
    first = make_constant(cache);
    PyUnstable_SetImmortal(first); // @first
    Py_INCREF(cache);
}

static void Py_NO_INLINE
make_second(PyObject *cache)
{
    second = make_constant(cache);
    PyUnstable_SetImmortal(second);
    Py_INCREF(cache);
}

static void Py_NO_INLINE
make_third(PyObject *cache)
{
    third = make_constant(cache);
    PyUnstable_SetImmortal(third);
    Py_INCREF(cache);
}

static PyObject *
make_constants(PyObject *self, PyObject *cache)
{
    make_first(cache);
    make_second(cache);
    make_third(cache);
    Py_RETURN_NONE;
}

EXT_MODULE(t, EXT_O(make_constants))
