/* SPDX-License-Identifier: MIT */
/* The C library calls the API, on behalf of a module: whose objects these are, and
 * who had to release them, nobody can say.
 *
 * needs: >=3.14
 * options: leaks=1
 * trap: objects that the C library asked for
 * run:
 *   import t
 *   for i in range(1000):
 *       t.make()
 */
#include "ext.h"

static PyObject *
make(PyObject *self, PyObject *unused)
{
    static int made;
    pthread_once_t once = PTHREAD_ONCE_INIT;

    pthread_once(&once, (void (*)(void))PyDict_New);
    if (++made == 1000)
        EXT_ENTERED("objects that the C library asked for", made == 1000);
    Py_RETURN_NONE;
}

EXT_MODULE(t, EXT_NOARGS(make))
