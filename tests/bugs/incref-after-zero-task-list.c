/* SPDX-License-Identifier: MIT */
/* incref-after-zero: a linked list of tasks that it does not own is walked
 * while one of them is being destroyed; its dealloc takes it out of the list
 * too late.
 *
 * like: python/cpython#128002
 * needs: births
 * run: import t; t.walk_and_drop()
 * exit: 66
 * story:
 *   incref-after-zero-task-list.c:@take: error: t.Task used after its last reference was released [incref-after-zero]
 *     incref, T2 'worker'
 *       NUM | Py_IncRef(&task->base); // @take
 *            walk < ext_thread_main (ext.h:NUM)
 *     last reference released, main thread
 *       NUM | Py_DecRef(task);
 *            walk_and_drop < run.py:1
 *     deallocation running, main thread
 *       NUM | EXT_THREAD(walk, NULL);
 *            task_dealloc < walk_and_drop:NUM
 *     because   its deallocation has begun on another thread
 *     object    <t.Task> ADDR, created by main thread at run.py:1
 *     fix       hold a strong reference while the pointer is in use (Py_NewRef,
 *               PyDict_GetItemRef, PyList_GetItemRef, PyWeakref_GetRef) …
 *     more      refsan explain incref-after-zero
 * report:
 *   refsan: incref-after-zero: incref of an object whose deallocation has begun
 *     object  ADDR  <t.Task>  refcount ... owner T1 'python...', dying
 *     incref by thread T2 'worker' (created by T1 'python...'):
 *       #0 in walk incref-after-zero-task-list.c:@take
 *       #1 in ext_thread_main ext.h:NUM
 *     because  its deallocation has begun on another thread
 *     skipped  refsan skipped the operation so that the process can continue; the program keeps the pointer without a reference, and may crash when it uses it
 *     reference count reached zero in decref by thread T1 'python...':
 *       #0 in walk_and_drop incref-after-zero-task-list.c:NUM
 *       #1 in <module> run.py:1 (python)
 *     deallocation is running by thread T1 'python...':
 *       #...
 *       #4 in ... ext.h:NUM
 *       #5 in ...
 *       #...
 *     created by thread T1 'python...':
 *       #0 in <module> run.py:1 (python)
 *     history  oldest first: thread, operation, refcount, place
 *       1.  T1   decref              1 -> 0     in walk_and_drop incref-after-zero-task-list.c:NUM
 *       2.  T2   incref              skipped    in walk incref-after-zero-task-list.c:@take
 *     fix      hold a strong reference while the pointer is in use (Py_NewRef, PyDict_GetItemRef, PyList_GetItemRef, PyWeakref_GetRef); for a registry of unowned pointers call PyUnstable_EnableTryIncRef when the object is made and PyUnstable_TryIncRef under the lock that its dealloc takes, too
 *     suppress incref-after-zero:walk
 *     docs     docs/reports.md#incref-after-zero
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
