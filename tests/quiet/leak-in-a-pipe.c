/* SPDX-License-Identifier: MIT */
/* References are on their way to somebody who is still there when the runtime
 * ends: only the kernel has the pointers.
 *
 * needs: >=3.14
 * options: leaks=1
 * trap: references that only a pipe has
 * run:
 *   import t
 *   t.start()
 *   for i in range(1000):
 *       t.send(i)
 */
#include "ext.h"

#include <unistd.h>

static int ends[2];
static sem_t is_there;

static void *
receive(void *unused)
{
    PyGILState_STATE state = PyGILState_Ensure();
    sem_t never;

    Py_DECREF(PyLong_FromLong(2000));
    PyGILState_Release(state);
    sem_init(&never, 0, 0);
    sem_post(&is_there);
    sem_wait(&never);
    return NULL;
}

static PyObject *
start(PyObject *self, PyObject *unused)
{
    pthread_t thread;

    sem_init(&is_there, 0, 0);
    if (pipe(ends) != 0 || pthread_create(&thread, NULL, receive, NULL) != 0)
        abort();
    Py_BEGIN_ALLOW_THREADS
    sem_wait(&is_there);
    Py_END_ALLOW_THREADS
    Py_RETURN_NONE;
}

static PyObject *
send(PyObject *self, PyObject *object)
{
    static int sent;
    PyObject *words = PyUnicode_FromFormat("sent: %R", object);

    if (write(ends[1], &words, sizeof(words)) != sizeof(words))
        abort();
    if (++sent == 1000)
        EXT_ENTERED("references that only a pipe has", words != NULL);
    Py_RETURN_NONE;
}

EXT_MODULE(t, EXT_NOARGS(start) EXT_O(send))
