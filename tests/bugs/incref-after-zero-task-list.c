/* SPDX-License-Identifier: MIT */
/* incref-after-zero: a linked list of tasks that it does not own is walked
 * while one of them is being destroyed; its dealloc takes it out of the list
 * too late.
 *
 * like: python/cpython#128002
 * needs: births
 * run: import t; t.walk_and_drop()
 * exit: 66
 * report:
 *   refsan: incref-after-zero: incref of an object whose deallocation has begun
 *     object  ADDR  <t.Task>  ...
 *     incref by thread ... 'worker' ...:
 *       #0 ADDR in walk ...incref-after-zero-task-list.c:@take ...
 *       ...
 *     ...
 */
#include "ext.h"

struct task {
    PyObject base;
    struct task *next;
};

static struct task *tasks;

static void
walk(void *unused)
{
    for (struct task *task = tasks; task != NULL; task = task->next)
        Py_IncRef(&task->base); // @take
}

static void
task_dealloc(PyObject *self)
{
    PyTypeObject *type = Py_TYPE(self);

#ifdef FIXED
    tasks = NULL; /* first of all, under the lock of the list */
#endif
    EXT_THREAD(walk, NULL);
    tasks = NULL;
    PyObject_Free(self);
    Py_DECREF(type);
}

static PyType_Slot task_slots[] = {{Py_tp_dealloc, (void *)task_dealloc},
                                   {0, NULL}};
static PyType_Spec task_spec = {
    .name = "t.Task",
    .basicsize = sizeof(struct task),
    .flags = Py_TPFLAGS_DEFAULT,
    .slots = task_slots,
};

static PyObject *
walk_and_drop(PyObject *self, PyObject *unused)
{
    PyObject *type = PyType_FromSpec(&task_spec);
    PyObject *task = PyObject_CallNoArgs(type);

    tasks = (struct task *)task;
    Py_DecRef(task);
    Py_DECREF(type);
    Py_RETURN_NONE;
}

EXT_MODULE(t, EXT_NOARGS(walk_and_drop))
