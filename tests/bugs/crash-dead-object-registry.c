/* SPDX-License-Identifier: MIT */
/* crash-dead-object: a registry of wrappers holds no references; a thread looks
 * a wrapper up while another one releases its last reference, and uses it.
 *
 * All that the users saw was a segmentation fault.
 *
 * like: pybind/pybind11#5489
 * needs: births
 * run: import t; t.read_while_released()
 * exit: SIGSEGV
 * story:
 *   crash-dead-object-registry.c:@read: error: crashed while using t.Wrapper after it was deallocated [crash-dead-object]
 *     signal    SIGSEGV at address 0x0: nothing is mapped there
 *     crashed, T2 'worker'
 *       NUM | *((struct wrapper *)found)->value += 1; // @read
 *            read_value < ext_thread_main (ext.h:NUM)
 *     last reference released, main thread
 *       NUM | Py_DecRef(wrapper); // @release
 *            read_while_released < run.py:1
 *     because   its deallocation is over; a register of the crashing thread points
 *               to it
 *     object    <t.Wrapper> ADDR, created by main thread at run.py:1
 *     threads   1 other thread in 1 place; refsan run --full shows them
 *     fix       hold a strong reference (Py_NewRef) for as long as the pointer is
 *               kept; see which release took the count to zero, and who used the
 *               object after it
 *     more      refsan explain crash-dead-object
 * report:
 *   refsan: crash-dead-object: the process crashed while it used an object that had been deallocated
 *     signal  SIGSEGV at address ADDR: nothing is mapped there
 *     object  ADDR  <t.Wrapper>  refcount unknown (freed), ... T1 'python...', dead
 *     crashed by thread T2 'worker' (created by T1...):
 *       #0 in read_value crash-dead-object-registry.c:@read
 *       #...
 *   ...
 *     reference count reached zero in decref by thread T1 'python...':
 *       #0 in read_while_released crash-dead-object-registry.c:@release
 *       #...
 *   ...
 *     suppress crash-dead-object:read_value
 *     docs     docs/reports.md#crash-dead-object
 */
#include "ext.h"

struct wrapper {
    PyObject base;
    volatile long *value; /* of the C++ object */
};

static long value_of_the_object = 42;
static PyObject *registered;
static struct ext_thread reader;
static struct ext_gate looked_up, released;

static void
wrapper_dealloc(PyObject *self)
{
    PyTypeObject *type = Py_TYPE(self);

    ((struct wrapper *)self)->value = NULL;
    PyObject_Free(self);
    Py_DECREF(type);
}

static PyType_Slot wrapper_slots[] = {{Py_tp_dealloc, (void *)wrapper_dealloc},
                                      {0, NULL}};
static PyType_Spec wrapper_spec = {
    .name = "t.Wrapper",
    .basicsize = sizeof(struct wrapper),
    .flags = Py_TPFLAGS_DEFAULT,
    .slots = wrapper_slots,
};

static void
read_value(void *unused)
{
    PyObject *found = registered;

#ifdef FIXED
    Py_IncRef(found);
#endif
    ext_gate_open(&looked_up);
    ext_gate_wait(&released);
    *((struct wrapper *)found)->value += 1; // @read
    Py_DecRef(found);
}

static PyObject *
read_while_released(PyObject *self, PyObject *unused)
{
    PyObject *type = PyType_FromSpec(&wrapper_spec);
    PyObject *wrapper = PyType_GenericAlloc((PyTypeObject *)type, 0);

    Py_DECREF(type);
    ((struct wrapper *)wrapper)->value = &value_of_the_object;
    registered = wrapper;
    ext_gate_make(&looked_up);
    ext_gate_make(&released);
    reader.function = read_value;
    reader.is_attached = 1;
    ext_thread_start(&reader);
    ext_gate_wait(&looked_up);
    Py_DecRef(wrapper); // @release
    ext_gate_open(&released);
    ext_thread_join(&reader);
    Py_RETURN_NONE;
}

EXT_MODULE(t, EXT_NOARGS(read_while_released))
