/* SPDX-License-Identifier: MIT */
/* Containers of C++ behind static pointers, and such that are destroyed at
 * exit, after the runtime has been finalized and before refsan's summary.
 *
 * needs: >=3.14
 * trap: containers with objects at exit
 * options: leaks=1
 * run:
 *   import t
 *   for i in range(100):
 *       t.remember(1000 + i)
 */
#include "ext.h"

#include <map>
#include <unordered_map>
#include <vector>

static std::map<long, PyObject *> *by_number;
static std::vector<PyObject *> in_order;

/* Destroyed at exit, before the vector above. */
static struct at_exit {
    ~at_exit()
    {
        EXT_ENTERED("containers with objects at exit",
                    !Py_IsInitialized() && by_number->size() == 100 &&
                        in_order.size() == 100);
    }
} at_exit;

static PyObject *
remember(PyObject *self, PyObject *object)
{
    static std::unordered_map<long, std::vector<PyObject *>> by_hash;
    long number = PyLong_AsLong(object);

    if (by_number == nullptr)
        by_number = new std::map<long, PyObject *>;
    (*by_number)[number] = PyObject_Repr(object);
    in_order.push_back(PyTuple_Pack(1, object));
    by_hash[number % 7].push_back(PyObject_Str(object));
    Py_RETURN_NONE;
}

EXT_MODULE(t, EXT_O(remember))
