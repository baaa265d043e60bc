/* SPDX-License-Identifier: MIT */
/* The main thread's caches are in its thread-local storage.
 *
 * needs: >=3.14
 * trap: thread-local caches at exit
 * options: leaks=1
 * run:
 *   import t
 *   t.remember(1000)
 */
#include "ext.h"

static __thread PyObject *volatile cached[8]; /* or nobody would store it */
static pthread_key_t key;

static void
fill(long number)
{
    for (int i = 0; i < 8; i++)
        cached[i] = PyUnicode_FromFormat("%ld", number + i);
    pthread_setspecific(key, PyUnicode_FromFormat("%ld", number));
}

static PyObject *
remember(PyObject *self, PyObject *number)
{
    pthread_key_create(&key, NULL);
    fill(PyLong_AsLong(number));
    Py_RETURN_NONE;
}

__attribute__((destructor)) static void
say(void)
{
    EXT_ENTERED("thread-local caches at exit",
                !Py_IsInitialized() && cached[7] != NULL &&
                    pthread_getspecific(key) != NULL);
}

EXT_MODULE(t, EXT_O(remember))
