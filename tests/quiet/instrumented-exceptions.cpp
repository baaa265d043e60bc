/* SPDX-License-Identifier: MIT */
/* Exceptions that leave functions between the announcement of an operation and
 * the next: templates, lambdas, inline functions, initializers outside of any
 * function.
 *
 * needs: instrumented
 * trap: an exception that leaves instrumented functions
 * run:
 *   import t
 *   for _ in range(3):
 *       assert t.work([object()]) == 0
 */
#include "ext.h"

#include <stdexcept>

namespace {

class reference {
  public:
    explicit reference(PyObject *object) : object_(Py_NewRef(object))
    {
    }
    reference(const reference &other) noexcept : object_(other.object_)
    {
        Py_XINCREF(object_);
    }
    ~reference()
    {
        Py_XDECREF(object_);
    }

  private:
    PyObject *object_;
};

struct defaults {
    PyObject *none = Py_NewRef(Py_None);

    ~defaults()
    {
        Py_CLEAR(none);
    }
};

template <class Object>
void
nest(const Object &object, int depth)
{
    Object copy(object);

    if (depth == 0)
        throw std::runtime_error("deep enough");
    nest(copy, depth - 1);
}

} // namespace

static PyObject *
work(PyObject *self, PyObject *object)
{
    auto count = [object] { return Py_REFCNT(object); };
    Py_ssize_t before = count();

    try {
        defaults unused;

        nest(reference(object), 8);
    }
    catch (const std::exception &) {
        EXT_ENTERED("an exception that leaves instrumented functions",
                    count() == before);
    }
    return PyLong_FromSsize_t(count() - before);
}

EXT_MODULE(t, EXT_O(work))
