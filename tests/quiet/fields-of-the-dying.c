/* SPDX-License-Identifier: MIT */
/* Two threads take references out of an object's field, in turn and in an order
 * that is not seen; then one of them destroys the object, or collects it.
 *
 * needs: ft births instrumented
 * trap: a slot that the dying and the collector clear
 * run:
 *   import gc, t, threading
 *   gc.disable()
 *   def meet(then):
 *       boxes = []
 *       def work():
 *           boxes.extend(t.Box() for _ in range(3))
 *           swap(boxes)
 *           swap(boxes)
 *           t.open(0)
 *           t.wait(1)
 *           then(boxes)
 *           t.open(2)
 *           t.wait(3)
 *       worker = threading.Thread(target=work)
 *       worker.start()
 *       t.wait(0)
 *       swap(boxes)
 *       t.open(1)
 *       t.wait(2)
 *       assert not boxes
 *       t.open(3)
 *       worker.join()
 *   def swap(boxes):
 *       for i in range(len(boxes)):
 *           boxes[i].swap()
 *   def collect(boxes):
 *       for i in range(len(boxes)):
 *           boxes[i].hold()
 *       boxes.clear()
 *       assert gc.collect() >= 3
 *   meet(list.clear)
 *   meet(collect)
 */
#include "ext_gates.h"

struct box {
    PyObject_HEAD
    PyObject *held, *self;
};

static int cleared;

static PyObject *
swap(PyObject *self, PyObject *unused)
{
    PyObject *made = PyList_New(0);

    Py_XSETREF(((struct box *)self)->held, made);
    Py_RETURN_NONE;
}

/* A cycle of one. */
static PyObject *
hold(PyObject *self, PyObject *unused)
{
    ((struct box *)self)->self = Py_NewRef(self);
    Py_RETURN_NONE;
}

static int
traverse(PyObject *self, visitproc visit, void *arg)
{
    Py_VISIT(((struct box *)self)->held);
    Py_VISIT(((struct box *)self)->self);
    return 0;
}

static int
clear(PyObject *self)
{
    if (((struct box *)self)->held != NULL && ++cleared == 6)
        EXT_ENTERED("a slot that the dying and the collector clear",
                    cleared == 6);
    Py_CLEAR(((struct box *)self)->held);
    Py_CLEAR(((struct box *)self)->self);
    return 0;
}

static void
destroy(PyObject *self)
{
    PyObject_GC_UnTrack(self);
    clear(self);
    PyObject_GC_Del(self);
}

static PyMethodDef box_methods[] = {
    EXT_NOARGS(swap) EXT_NOARGS(hold){NULL, NULL, 0, NULL},
};

static PyTypeObject Box = {
    PyVarObject_HEAD_INIT(NULL, 0).tp_name = "t.Box",
    .tp_basicsize = sizeof(struct box),
    .tp_flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_GC,
    .tp_methods = box_methods,
    .tp_new = PyType_GenericNew,
    .tp_traverse = traverse,
    .tp_clear = clear,
    .tp_dealloc = destroy,
};

static int
make(PyObject *module)
{
    make_gates(module);
    return PyType_Ready(&Box) < 0 ||
                   PyModule_AddObjectRef(module, "Box", (PyObject *)&Box) < 0
               ? -1
               : 0;
}

EXT_MODULE_EXEC(t, make, EXT_GATES)
