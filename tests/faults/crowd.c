/* SPDX-License-Identifier: MIT */
/* crowd.c -- many threads that are alive at once; the module `crowd`.
 *
 *   start(n)    n more, each with one operation that refsan sees, one after
 *               another
 *   err(i)      number i takes a reference without an attached thread state
 *   hail(i)     number i does another correct operation
 *   stop(n)     the first n that are still there end */
#include "../ext.h"

#include <stdbool.h>
#include <string.h>

#define MEMBERS     8192
#define STACK_BYTES (256 * 1024)

enum wish { GREET, ERR, END };

static struct member {
    pthread_t thread;
    sem_t wished, done;
    enum wish wish;
} members[MEMBERS];
static long first, count;

static __attribute__((noinline)) void
take(PyObject *object)
{
    Py_IncRef(object); // @take
    __asm__ volatile("" ::: "memory");
}

static __attribute__((noinline)) void
greet(bool is_right)
{
    PyGILState_STATE state = PyGILState_Ensure();
    PyObject *list = PyList_New(0);
    PyThreadState *detached = is_right ? NULL : PyEval_SaveThread();

    take(list);
    if (detached != NULL)
        PyEval_RestoreThread(detached);
    Py_DecRef(list);
    Py_DecRef(list);
    PyGILState_Release(state);
}

static void *
live(void *argument)
{
    struct member *self = argument;
    char name[16];

    snprintf(name, sizeof(name), "crowd-%d", (int)(self - members));
    pthread_setname_np(pthread_self(), name);
    for (;;) {
        if (self->wish == END)
            return NULL;
        greet(self->wish == GREET);
        sem_post(&self->done);
        while (sem_wait(&self->wished) != 0)
            continue;
    }
}

static void
wait_for(struct member *member)
{
    Py_BEGIN_ALLOW_THREADS
    while (sem_wait(&member->done) != 0)
        continue;
    Py_END_ALLOW_THREADS
}

static PyObject *
start(PyObject *self, PyObject *number)
{
    long last = count + PyLong_AsLong(number);
    pthread_attr_t attributes;

    if (last > MEMBERS)
        return PyErr_Format(PyExc_ValueError, "too many");
    pthread_attr_init(&attributes);
    pthread_attr_setstacksize(&attributes, STACK_BYTES);
    for (; count < last; count++) {
        struct member *member = &members[count];
        int error;

        sem_init(&member->wished, 0, 0);
        sem_init(&member->done, 0, 0);
        member->wish = GREET;
        error = pthread_create(&member->thread, &attributes, live, member);
        if (error != 0)
            return PyErr_Format(PyExc_OSError, "%s", strerror(error));
        wait_for(member);
    }
    pthread_attr_destroy(&attributes);
    Py_RETURN_NONE;
}

static PyObject *
tell(PyObject *number, enum wish wish)
{
    struct member *member = &members[PyLong_AsLong(number)];

    member->wish = wish;
    sem_post(&member->wished);
    wait_for(member);
    Py_RETURN_NONE;
}

static PyObject *
err(PyObject *self, PyObject *number)
{
    return tell(number, ERR);
}

static PyObject *
hail(PyObject *self, PyObject *number)
{
    return tell(number, GREET);
}

static PyObject *
stop(PyObject *self, PyObject *number)
{
    long last = first + PyLong_AsLong(number);

    for (; first < last; first++) {
        members[first].wish = END;
        sem_post(&members[first].wished);
        Py_BEGIN_ALLOW_THREADS
        pthread_join(members[first].thread, NULL);
        Py_END_ALLOW_THREADS
    }
    Py_RETURN_NONE;
}

EXT_MODULE(crowd, EXT_O(start) EXT_O(err) EXT_O(hail) EXT_O(stop))
