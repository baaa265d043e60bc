/* SPDX-License-Identifier: MIT */
/* The last reference goes on a thread that does not own the object: it is
 * queued for an owner that merges it only when it ends; or whose end came
 * before, and whose thread pointer a new thread has got. The thread that
 * destroys the object never had a reference.
 *
 * trap[ft]:
 *   queued for an owner that waits
 *   a new thread with the thread pointer of the owner
 * trap:
 *   an owner that has ended
 *   a new thread with the thread pointer of the owner
 * run:
 *   import t
 *   for _ in range(20):
 *       t.queue()
 *       t.outlive()
 */
#include "ext.h"

#define OBJECTS 20

static PyObject *made[OBJECTS];
static struct ext_gate has_made, may_end;
static pthread_t maker;
static int met; /* a new thread with the maker's thread pointer */

static void
make(void *waits)
{
    maker = pthread_self();
    for (int i = 0; i < OBJECTS; i++)
        made[i] = i % 2 ? PyList_New(0) : PyDict_New();
    ext_gate_open(&has_made);
    if (waits != NULL)
        ext_gate_wait(&may_end);
}

static void
count(void *unused)
{
    met += pthread_equal(maker, pthread_self());
    for (int i = 0; i < OBJECTS; i++) {
        Py_IncRef(made[i]);
        Py_INCREF(made[i]);
        Py_DecRef(made[i]);
        Py_DECREF(made[i]);
    }
}

static void
drop(void *unused)
{
    for (int i = 0; i < OBJECTS; i++) {
        if (i % 4 < 2)
            Py_DecRef(made[i]);
        else
            Py_DECREF(made[i]);
    }
}

/* The owner waits, detached, while its objects are dropped, and ends. */
static PyObject *
queue(PyObject *self, PyObject *unused)
{
    struct ext_thread owner = {
        .function = make, .argument = made, .is_attached = 1};

    ext_gate_make(&has_made);
    ext_gate_make(&may_end);
    ext_thread_start(&owner);
    ext_gate_wait(&has_made);
    count(NULL);
    drop(NULL);
#ifdef Py_GIL_DISABLED
    EXT_ENTERED("queued for an owner that waits",
                (made[0]->ob_ref_shared & _Py_REF_SHARED_FLAG_MASK) ==
                    _Py_REF_QUEUED);
#else
    EXT_ENTERED("an owner that has ended",
                !pthread_equal(maker, pthread_self()));
#endif
    ext_gate_open(&may_end);
    ext_thread_join(&owner);
    Py_RETURN_NONE;
}

/* The owner has ended, and the next thread is given its thread pointer. */
static PyObject *
outlive(PyObject *self, PyObject *unused)
{
    ext_gate_make(&has_made);
    EXT_THREAD(make, NULL);
    count(NULL);
    EXT_THREAD(count, NULL);
    EXT_THREAD(drop, NULL);
    EXT_THREAD(make, NULL);
    EXT_THREAD(count, NULL);
    EXT_ENTERED("a new thread with the thread pointer of the owner", met > 0);
    drop(NULL);
    Py_RETURN_NONE;
}

EXT_MODULE(t, EXT_NOARGS(queue) EXT_NOARGS(outlive))
