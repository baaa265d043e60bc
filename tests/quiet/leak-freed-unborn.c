/* SPDX-License-Identifier: MIT */
/* Objects that are freed without a dealloc, because they were never finished:
 * no death is seen, and nothing is left of them. And objects that a dealloc of
 * the module's own keeps for the next one.
 *
 * needs: >=3.14
 * trap:
 *   freed without a dealloc
 *   kept for the next one by a dealloc
 * options: leaks=1
 * run:
 *   import t
 *   t.setup()
 *   for i in range(100):
 *       t.give_up()
 *       t.Node()
 */
#include "ext.h"

struct node {
    PyObject_HEAD
    PyObject *one, *two;
};

static PyObject *kept[4];
static int kept_used, deallocs;

static PyObject *
node_new(PyTypeObject *type, PyObject *args, PyObject *keywords)
{
    if (kept_used > 0) {
        PyObject *self = kept[--kept_used];

        EXT_ENTERED("kept for the next one by a dealloc",
                    ext_refcount(self) == 0);
        _Py_NewReference(self);
        return self;
    }
    return (PyObject *)PyObject_New(struct node, type);
}

static void
node_dealloc(PyObject *self)
{
    deallocs++;
    if (kept_used < 4)
        kept[kept_used++] = self;
    else
        PyObject_Free(self);
}

static PyTypeObject node_type = {
    PyVarObject_HEAD_INIT(NULL, 0).tp_name = "t.Node",
    .tp_basicsize = sizeof(struct node),
    .tp_flags = Py_TPFLAGS_DEFAULT,
    .tp_new = node_new,
    .tp_dealloc = node_dealloc,
};

static PyObject *
setup(PyObject *self, PyObject *unused)
{
    return PyModule_AddType(self, &node_type) < 0 ? NULL : Py_NewRef(Py_None);
}

static PyObject *
give_up(PyObject *self, PyObject *unused)
{
    PyObject *nodes[20];
    int before = deallocs;

    for (int i = 0; i < 20; i++)
        nodes[i] = (PyObject *)PyObject_New(struct node, &node_type);
    for (int i = 0; i < 20; i++)
        if (i % 2 == 0)
            PyObject_Free(nodes[i]);
        else
            node_type.tp_free(nodes[i]);
    EXT_ENTERED("freed without a dealloc", deallocs == before);
    Py_RETURN_NONE;
}

EXT_MODULE(t, EXT_NOARGS(setup) EXT_NOARGS(give_up))
