/* SPDX-License-Identifier: MIT */
/* crash-dead-object: a registry keeps a pointer to a node without a reference;
 * the node dies, and its str() follows a pointer that the dealloc has cleared.
 *
 * needs: births
 * run: import t; n = t.make(); t.keep(n); del n; t.drop(); t.use()
 * exit: SIGSEGV
 * story:
 *   crash-dead-object-kept-pointer.c:@read: error: crashed while using t.Node after it was deallocated [crash-dead-object]
 *     signal    SIGSEGV at address 0x0: nothing is mapped there
 *     crashed, main thread
 *       NUM | return PyUnicode_FromOrdinal(((struct node *)self)->word[0]); // @read
 *            node_str < use:NUM < run.py:1
 *     last reference released, main thread
 *       NUM | Py_DecRef(kept); // @release
 *            drop < run.py:1
 *     because   its deallocation is over; a register of the crashing thread points
 *               to it
 *     object    <t.Node> ADDR, created by main thread at run.py:1
 *     history   main thread  incref  2 -> 3  keep:NUM
 *               main thread  decref  1 -> 0  drop:NUM
 *     fix       hold a strong reference (Py_NewRef) for as long as the pointer is
 *               kept; see which release took the count to zero, and who used the
 *               object after it
 *     more      refsan explain crash-dead-object
 * report:
 *   refsan: crash-dead-object: the process crashed while it used an object that had been deallocated
 *     signal  SIGSEGV at address ADDR: nothing is mapped there
 *     object  ADDR  <t.Node>  refcount unknown (freed), ... T1 'python...', dead
 *     crashed by thread T1 'python...':
 *       #0 in node_str crash-dead-object-kept-pointer.c:@read
 *       #...
 *       #2 in use crash-dead-object-kept-pointer.c:@use
 *       #3 in <module> run.py:1 (python)
 *     because  its deallocation is over
 *              a register of the crashing thread points to it
 *     reference count reached zero in decref by thread T1 'python...':
 *       #0 in drop crash-dead-object-kept-pointer.c:@release
 *       #1 in <module> run.py:1 (python)
 *     created by thread T1 'python...':
 *       #0 in <module> run.py:1 (python)
 *     history  oldest first: thread, operation, refcount, place
 *       1.  T1   incref              2 -> 3     in keep crash-dead-object-kept-pointer.c:NUM
 *       2.  T1   decref              1 -> 0     in drop crash-dead-object-kept-pointer.c:@release
 *     pointers to known objects
 *       rdi         ADDR  <t.Node>, dead
 *   ...
 *     last operations of all threads, oldest first
 *       1.  T1   incref              2 -> 3     in keep crash-dead-object-kept-pointer.c:NUM
 *       2.  T1   decref              1 -> 0     in drop crash-dead-object-kept-pointer.c:@release
 *     fix      hold a strong reference (Py_NewRef) for as long as the pointer is kept; see which release took the count to zero, and who used the object after it
 *     suppress crash-dead-object:node_str
 *     docs     docs/reports.md#crash-dead-object
 */
#include "ext.h"

struct node {
    PyObject base;
    const char *word;
};

static PyObject *kept;

static void
node_dealloc(PyObject *self)
{
    PyTypeObject *type = Py_TYPE(self);

    ((struct node *)self)->word = NULL;
    PyObject_Free(self);
    Py_DECREF(type);
}

static PyObject *
node_str(PyObject *self)
{
    return PyUnicode_FromOrdinal(((struct node *)self)->word[0]); // @read
}

static PyType_Slot node_slots[] = {{Py_tp_dealloc, (void *)node_dealloc},
                                   {Py_tp_str, (void *)node_str},
                                   {0, NULL}};
static PyType_Spec node_spec = {
    .name = "t.Node",
    .basicsize = sizeof(struct node),
    .flags = Py_TPFLAGS_DEFAULT,
    .slots = node_slots,
};

static PyObject *
make(PyObject *self, PyObject *unused)
{
    PyObject *type = PyType_FromSpec(&node_spec);
    PyObject *node = PyType_GenericAlloc((PyTypeObject *)type, 0);

    Py_DECREF(type);
    ((struct node *)node)->word = "word";
    return node;
}

static PyObject *
keep(PyObject *self, PyObject *node)
{
    kept = node;
    Py_IncRef(node);
    Py_RETURN_NONE;
}

static PyObject *
drop(PyObject *self, PyObject *unused)
{
#ifndef FIXED
    Py_DecRef(kept); // @release
#endif
    Py_RETURN_NONE;
}

static PyObject *
use(PyObject *self, PyObject *unused)
{
    PyObject *words = PyObject_Str(kept); // @use

    Py_XDECREF(words);
    Py_DecRef(kept);
    kept = NULL;
    Py_RETURN_NONE;
}

EXT_MODULE(t, EXT_NOARGS(make) EXT_O(keep) EXT_NOARGS(drop) EXT_NOARGS(use))
