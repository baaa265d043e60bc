/* SPDX-License-Identifier: MIT */
/* On the embedded runtime: an object dies while a pointer to it is kept, and
 * the pointer is followed to what its deallocator has cleared. */
#include "refsan/embedded.h"

struct node {
    PyObject_HEAD
    const char *word;
};

static PyObject *kept;

static void
node_dealloc(PyObject *self)
{
    ((struct node *)self)->word = NULL;
    PyObject_Free(self);
}

static PyTypeObject node_type = {
    REFSAN_EMBEDDED_TYPE,
    .tp_name = "test.Node",
    .tp_basicsize = sizeof(struct node),
    .tp_dealloc = node_dealloc,
};

__attribute__((noinline)) static void
keep(PyObject *node)
{
    kept = node;
}

__attribute__((noinline)) static int
use_kept(void)
{
    return ((struct node *)kept)->word[0];
}

int
main(void)
{
    struct node *node;

    refsan_embedded_attach();
    node = PyObject_New(struct node, &node_type);
    node->word = "word";
    keep(&node->ob_base);
    Py_DecRef(kept);
    return use_kept();
}
