/* SPDX-License-Identifier: MIT */
/* A forked child has a copy of every object, and what the parent still uses is
 * never released in it. (Only the kernel has the pointer meanwhile.)
 *
 * needs: >=3.14
 * options: leaks=1
 * trap: references that only the parent of a fork takes back
 * run:
 *   import os, t
 *   t.start()
 *   for i in range(1000):
 *       t.send(i)
 *   child = os.fork()
 *   if child:
 *       assert os.waitpid(child, 0) == (child, 0)
 *       for i in range(1000):
 *           assert t.receive() == f"sent: {i}"
 */
#include "ext.h"

#include <unistd.h>

static int ends[2];

static PyObject *
start(PyObject *self, PyObject *unused)
{
    if (pipe(ends) != 0)
        abort();
    Py_RETURN_NONE;
}

static PyObject *
send(PyObject *self, PyObject *object)
{
    PyObject *words = PyUnicode_FromFormat("sent: %R", object);

    if (write(ends[1], &words, sizeof(words)) != sizeof(words))
        abort();
    Py_RETURN_NONE;
}

static PyObject *
receive(PyObject *self, PyObject *unused)
{
    static int received;
    PyObject *words;

    if (read(ends[0], &words, sizeof(words)) != sizeof(words))
        abort();
    if (++received == 1000)
        EXT_ENTERED("references that only the parent of a fork takes back",
                    Py_REFCNT(words) == 1);
    return words;
}

EXT_MODULE(t, EXT_NOARGS(start) EXT_O(send) EXT_NOARGS(receive))
