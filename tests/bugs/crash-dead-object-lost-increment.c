/* SPDX-License-Identifier: MIT */
/* crash-dead-object: two threads count one array at the same time without the
 * GIL, and one of the increments is lost; the array dies while a buffer uses
 * it.
 *
 * The increments are compiled in, and not seen; the releases are. Users saw a
 * segmentation fault now and then, and nobody knew how to write a test.
 *
 * like: apache/arrow#3655
 * needs: gil, births
 * run:
 *   import t
 *   array = t.make()
 *   t.open_two(array)
 *   t.close_one()
 *   del array # @last
 *   t.read_other()
 * exit: SIGSEGV
 * story:
 *   crash-dead-object-lost-increment.c:@read: error: crashed while using t.Array after it was deallocated [crash-dead-object]
 *     signal    SIGSEGV at address 0x8: nothing is mapped there
 *     crashed, main thread
 *       NUM | long number = ((struct array *)buffers[1])->data[1]; // @read
 *            read_other < run.py:6
 *     deallocation began, main thread at run.py:@last
 *     because   its deallocation is over; a register of the crashing thread points
 *               to it
 *     object    <t.Array> ADDR, created by main thread at run.py:2
 *     history   main thread  decref  2 -> 1  close_one:NUM
 *     fix       hold a strong reference (Py_NewRef) for as long as the pointer is
 *               kept; see which release took the count to zero, and who used the
 *               object after it
 *     more      refsan explain crash-dead-object
 * report:
 *   refsan: crash-dead-object: the process crashed while it used an object that had been deallocated
 *     signal  SIGSEGV at address ADDR: nothing is mapped there
 *     object  ADDR  <t.Array>  refcount unknown (freed), ... T1 'python...', dead
 *     crashed by thread T1 'python...':
 *       #0 in read_other crash-dead-object-lost-increment.c:@read
 *       #...
 *   ...
 *       ... run.py:@last (python)
 *   ...
 *     history  oldest first: thread, operation, refcount, place
 *       1.  T1   decref              2 -> 1     in close_one crash-dead-object-lost-increment.c:@close
 *   ...
 *     suppress crash-dead-object:read_other
 *     docs     docs/reports.md#crash-dead-object
 */
#include "ext.h"

struct array {
    PyObject base;
    volatile long *data;
};

static long numbers[2] = {1, 2};
static PyObject *buffers[2];

static void
array_dealloc(PyObject *self)
{
    PyTypeObject *type = Py_TYPE(self);

    ((struct array *)self)->data = NULL;
    PyObject_Free(self);
    Py_DECREF(type);
}

static PyType_Slot array_slots[] = {{Py_tp_dealloc, (void *)array_dealloc},
                                    {0, NULL}};
static PyType_Spec array_spec = {
    .name = "t.Array",
    .basicsize = sizeof(struct array),
    .flags = Py_TPFLAGS_DEFAULT,
    .slots = array_slots,
};

static PyObject *
make(PyObject *self, PyObject *unused)
{
    PyObject *type = PyType_FromSpec(&array_spec);
    PyObject *array = PyType_GenericAlloc((PyTypeObject *)type, 0);

    Py_DECREF(type);
    ((struct array *)array)->data = numbers;
    return array;
}

/* What two threads do when both have read the count before one has written
 * it. */
static PyObject *
open_two(PyObject *self, PyObject *array)
{
    Py_ssize_t first = Py_REFCNT(array);
    Py_ssize_t second = Py_REFCNT(array);

#ifdef FIXED
    second++;
#endif
    Py_SET_REFCNT(array, first + 1);
    Py_SET_REFCNT(array, second + 1);
    buffers[0] = buffers[1] = array;
    Py_RETURN_NONE;
}

static PyObject *
close_one(PyObject *self, PyObject *unused)
{
    Py_DecRef(buffers[0]); // @close
    Py_RETURN_NONE;
}

static PyObject *
read_other(PyObject *self, PyObject *unused)
{
    long number = ((struct array *)buffers[1])->data[1]; // @read

    Py_DecRef(buffers[1]);
    return PyLong_FromLong(number);
}

EXT_MODULE(t, EXT_NOARGS(make) EXT_O(open_two) EXT_NOARGS(close_one)
                  EXT_NOARGS(read_other))
