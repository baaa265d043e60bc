/* SPDX-License-Identifier: MIT */
/* A registry hands a node out without a reference; the node dies, and a worker
 * follows the pointer that its dealloc has cleared. With an argument, the worker
 * has a reference: crash.py. */
#include "refsan/embedded.h"

#include <pthread.h>
#include <stdio.h>

struct node {
    PyObject_HEAD
    const char *word;
};

static PyObject *registered;

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

static void *
read_word(void *unused)
{
    refsan_embedded_attach();
    putchar(((struct node *)registered)->word[0]);
    Py_DecRef(registered);
    refsan_embedded_detach();
    return unused;
}

int
main(int count, char **arguments)
{
    struct node *node;
    pthread_t worker;

    (void)arguments;
    refsan_embedded_start();
    node = PyObject_New(struct node, &node_type);
    node->word = "word";
    registered = (PyObject *)node;
    if (count > 1)
        Py_IncRef(registered);
    Py_DecRef((PyObject *)node);
    pthread_create(&worker, NULL, read_word, NULL);
    refsan_embedded_suspend();
    pthread_join(worker, NULL);
    refsan_embedded_resume();
    return refsan_embedded_finish() != 0;
}
