# SPDX-License-Identifier: MIT
"""Names of functions as their authors would say them, and whose a frame is."""

import unittest

import support  # noqa: F401: where the package is

from refsan.reporting import folding, names

SHORT = {
    "PyTuple_New": "PyTuple_New",
    # C and C++
    "parse.constprop.0.isra.0": "parse",
    "parse.part.3.cold": "parse",
    "parse(int) [clone .constprop.0]": "parse",
    "fail(_object*, _object*)": "fail",
    "Table::drop(pybind11::list)": "Table::drop",
    "a::b::Table::drop(int) const": "Table::drop",
    "(anonymous namespace)::Cache::drop(int)": "Cache::drop",
    "f[abi:cxx11](int)": "f",
    "holder::~holder()": "holder::~holder",
    "std::vector<int>::push_back(int const&)": "vector<int>::push_back",
    "std::vector<std::map<int, std::string>, x>::push_back(int)":
        "vector<…>::push_back",
    "void Caller<std::map<int, int>, std::vector<int>>::call<Table>(Table&)":
        "Caller<…>::call<Table>",
    "Ref::operator->() const": "Ref::operator->",
    "operator()(int)": "lambda",
    "std::function<void (int)>::operator()(int) const":
        "function<…>::operator()",
    "init(module_&)::{lambda(list)#2}::operator()(list) const":
        "lambda 2 in init",
    # Cython
    "__pyx_pw_3mod_1parse_row": "parse_row",
    "__pyx_pf_3mod_2parse_row": "parse_row",
    "__pyx_pf_3mod_parse_row": "parse_row",
    "__pyx_pw_3pkg_3mod_5Class_7method": "Class.method",
    "__pyx_f_3mod_helper": "helper",
    "__pyx_tp_dealloc_3mod_Row": "dealloc of Row",
    "__pyx_pymod_exec_tiny": "set-up of module tiny",
    # Rust
    "mycrate::table::drop_row::h0123456789abcdef": "table::drop_row",
    "_ZN5mycrt3foo17h0123456789abcdefE": "mycrt::foo",
    "_RNvCs1234_7mycrate3foo": "mycrate::foo",
    "<alloc::vec::Vec<T> as core::ops::Drop>::drop::h0123456789abcdef":
        "Vec::drop",
    "_$LT$mod..Type$u20$as$u20$core..Drop$GT$::drop::h0123456789abcdef":
        "Type::drop",
    "mod::run::{{closure}}::h0123456789abcdef": "run::{closure}",
    "mymod::_::__pyfunction_sum_as_string": "sum_as_string",
    "mymod::_::__pyfunction_sum::h0123456789abcdef": "sum",
}
# What no compiler makes, and a program can still say.
HOSTILE = ["", "(", ")", "<", ">", "<" * 500, "(" * 500, "a" * 5000, "::",
           "operator", "operator<", "__pyx_pw_", "__pyx_pw_99999999999x",
           "_R", "_RN", "_ZN9999x17h0123456789abcdefE", "x::h0123456789abcdef",
           "{lambda()#1}", "a b c", "é" * 100]


class Names(unittest.TestCase):
    def test_short(self):
        for name, words in SHORT.items():
            with self.subTest(name):
                self.assertEqual(names.short(name), words)

    def test_no_name_is_too_long(self):
        for name in [*HOSTILE, *SHORT]:
            with self.subTest(name[:40]):
                self.assertLessEqual(len(names.short(name)), names.LONGEST)

    def test_bindings(self):
        """A user's function with pybind11's types is no part of pybind11."""
        for name, library in (
                ("pybind11::cpp_function::dispatcher(_object*)", "pybind11"),
                ("void pybind11::cpp_function::initialize<init(pybind11::"
                 "module_&)::{lambda(pybind11::list)#1}, void>(int&&)::"
                 "{lambda(int&)#3}::operator()(int&) const", "pybind11"),
                ("_ZNO8pybind116detail15argument_loader", "pybind11"),
                ("nanobind::detail::nb_func_vectorcall_simple(_object*)",
                 "nanobind"),
                ("nb_func_vectorcall_complex", "nanobind"),
                ("pyo3::impl_::trampoline::trampoline::h0123456789abcdef",
                 "PyO3"),
                ("Table::drop(pybind11::list)", None),
                ("void call<pybind11::list>(pybind11::list)", None),
                ("pybind11::object Table::get(int)", None),
                ("my_pybind11::f()", None)):
            with self.subTest(name):
                self.assertEqual(names.binding(name), library)


def native(module="/x/t.so", **more):
    return {"function": "f", "module": module, "offset": "0x10", **more}


class Folding(unittest.TestCase):
    def test_groups(self):
        packages = "/v/lib/python3.15t/site-packages"
        for frame, group in (
                (native(), None),
                (native(interpreter=True), folding.INTERPRETER),
                (native("/usr/bin/python3.14t"), folding.INTERPRETER),
                (native("/l/libpython3.14t.so.1.0"), folding.INTERPRETER),
                (native("/lib/x86_64-linux-gnu/libc.so.6"),
                 folding.C_LIBRARY),
                (native("/p/program", function="_start"), folding.C_LIBRARY),
                (native("/l/librefsan.so"), folding.REFSAN),
                (native(file="/i/include/refsan/instrument.h"),
                 folding.REFSAN),
                (native("/v/lib/python3.15/lib-dynload/_json.so"),
                 folding.STANDARD),
                (native(f"{packages}/numpy/_core/x.so"), None),
                (native(file="/i/pybind11/pytypes.h"), "pybind11"),
                (native(function="pybind11::object::dec_ref()"), "pybind11"),
                (native(file="/usr/include/c++/12/bits/shared_ptr.h"), "C++"),
                ({"file": f"{packages}/_pytest/python.py"}, "pytest"),
                ({"file": f"{packages}/pluggy/_callers.py"}, "pytest"),
                ({"file": f"{packages}/xdist/remote.py"}, "pytest"),
                ({"file": f"{packages}/numpy/x.py"}, None),
                ({"file": "/v/lib/python3.15/unittest/case.py"}, "unittest"),
                ({"file": "/v/lib/python3.15/threading.py"}, "threading"),
                ({"file": "/v/lib/python3.15/json/x.py"}, folding.STANDARD),
                ({"file": "<frozen importlib._bootstrap>"}, "importlib"),
                ({"file": "<frozen runpy>"}, "runpy"),
                # One's own copy is what one works on.
                ({"file": "/home/me/pytest/src/_pytest/python.py"}, None),
                ({"file": None}, None)):
            with self.subTest(frame):
                self.assertEqual(folding.group(frame), group)

    def test_other_packages(self):
        frame = native("/v/site-packages/numpy/_core/x.so")
        self.assertEqual(folding.group(frame, ("numpy",)), "numpy")


if __name__ == "__main__":
    unittest.main()
