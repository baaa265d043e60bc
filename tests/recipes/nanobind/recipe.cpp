/* SPDX-License-Identifier: MIT */
#include <nanobind/nanobind.h>

namespace nb = nanobind;

NB_MODULE(recipe, module)
{
    module.def("pairs",
               [](nb::list items) { return nb::make_tuple(items, items); });
    module.def("release_twice", [] {
        nb::list result;

        result.dec_ref(); // its destructor releases it, too
    });
}
