/* SPDX-License-Identifier: MIT */
/* A thread has given its thread state back, and is still there when the runtime
 * ends, with what it caches.
 *
 * needs: >=3.14
 * trap: a thread that outlives the runtime
 * options: leaks=1
 * run:
 *   import t
 *   t.remember(2000)
 */
#include "ext.h"

static __thread PyObject *volatile cached[8]; /* or nobody would store it */
static pthread_key_t key;
static sem_t remembered, never;
static int has_left;

static void
fill(long number)
{
    for (int i = 0; i < 8; i++)
        cached[i] = PyUnicode_FromFormat("%ld", number + i);
    pthread_setspecific(key, PyUnicode_FromFormat("%ld", number));
}

static void *
stay(void *number)
{
    PyGILState_STATE state = PyGILState_Ensure();

    fill((long)number);
    PyGILState_Release(state);
    sem_post(&remembered);
    sem_wait(&never);
    has_left = 1;
    return NULL;
}

static PyObject *
remember(PyObject *self, PyObject *number)
{
    pthread_t thread;

    pthread_key_create(&key, NULL);
    sem_init(&remembered, 0, 0);
    sem_init(&never, 0, 0);
    pthread_create(&thread, NULL, stay, (void *)PyLong_AsLong(number));
    Py_BEGIN_ALLOW_THREADS
    sem_wait(&remembered);
    Py_END_ALLOW_THREADS
    Py_RETURN_NONE;
}

__attribute__((destructor)) static void
say(void)
{
    EXT_ENTERED("a thread that outlives the runtime",
                !Py_IsInitialized() && !has_left);
}

EXT_MODULE(t, EXT_O(remember))
