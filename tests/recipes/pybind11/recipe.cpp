/* SPDX-License-Identifier: MIT */
#include <pybind11/pybind11.h>

namespace py = pybind11;

PYBIND11_MODULE(recipe, module)
{
    module.def("pairs",
               [](py::list items) { return py::make_tuple(items, items); });
    module.def("release_twice", [] {
        py::list result;

        result.dec_ref(); // its destructor releases it, too
    });
}
