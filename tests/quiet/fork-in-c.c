/* SPDX-License-Identifier: MIT */
/* fork(2) called in C: Python's handlers do not run, and the child has the
 * objects, the queues and the references of a thread that it does not have.
 *
 * trap: a child that has a lost thread's references
 * run:
 *   import t
 *   t.fork_and_use([1])
 */
#include "ext.h"

#include <sys/wait.h>
#include <unistd.h>

static PyObject *made[4];
static pid_t parent;
static struct ext_gate has_made, may_end;

/* Two references to each: one is given back by the other thread. */
static void
make(void *unused)
{
    for (int i = 0; i < 4; i++)
        made[i] = Py_NewRef(PyList_New(0));
    ext_gate_open(&has_made);
    ext_gate_wait(&may_end);
    for (int i = 0; i < 4; i++)
        Py_DECREF(made[i]);
}

static void
use_all(PyObject *object)
{
    for (int i = 0; i < 4; i++) {
        Py_IncRef(made[i]);
        Py_DecRef(made[i]);
        Py_DECREF(made[i]);
    }
    Py_INCREF(object);
    Py_DecRef(object);
}

static PyObject *
fork_and_use(PyObject *self, PyObject *object)
{
    struct ext_thread worker = {.function = make, .is_attached = 1};
    pid_t child;
    int status;

    ext_gate_make(&has_made);
    ext_gate_make(&may_end);
    ext_thread_start(&worker);
    ext_gate_wait(&has_made);
    parent = getpid();
    child = fork();
    use_all(object);
    if (child == 0) {
        EXT_ENTERED("a child that has a lost thread's references",
                    getpid() != parent && ext_refcount(made[0]) > 0);
        _exit(0);
    }
    if (waitpid(child, &status, 0) != child || status != 0)
        abort();
    ext_gate_open(&may_end);
    ext_thread_join(&worker);
    Py_RETURN_NONE;
}

EXT_MODULE(t, EXT_O(fork_and_use))
