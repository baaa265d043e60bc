# SPDX-License-Identifier: MIT
"""Whose a frame is: the user's, or of what stands around every program and is
folded in a report: test runners, import, threads, binding libraries, the
interpreter, refsan itself."""

import functools
import os
import re

from . import names

# Silent: what they do stands in the lines of code that are shown.
INTERPRETER, C_LIBRARY, REFSAN = "the interpreter", "the C library", "refsan"
SILENT = {INTERPRETER, C_LIBRARY, REFSAN}
STANDARD = "the standard library"
# Packages and modules, wherever they are installed.
RUNNERS = {name: words for words, names in {
    "pytest": ("pytest", "_pytest", "pluggy", "xdist", "pytest_asyncio",
               "pytest_run_parallel", "anyio", "execnet"),
    "unittest": ("unittest",),
    "hypothesis": ("hypothesis",),
    "importlib": ("importlib",),
    "threading": ("threading", "concurrent"),
    "runpy": ("runpy",),
    "asyncio": ("asyncio",),
    "multiprocessing": ("multiprocessing",),
}.items() for name in names}
ROOT = re.compile(r"(?:^|(?<=/))(?:site-packages|dist-packages)/|"
                  r"(?:^|/)lib/python3\.\d+t?/")
FROZEN = re.compile(r"<frozen ([\w.]+)>$")
LIBRARIES = [(re.compile(pattern), words) for pattern, words in (
    (r"/pybind11/", "pybind11"), (r"/nanobind/", "nanobind"),
    (r"/pyo3(?:-ffi)?-\d|/pyo3/src/", "PyO3"), (r"/include/c\+\+/", "C++"),
    (r"^/rustc/|/rustlib/src/", "Rust"), (r"/boost/", "Boost"))]
PYTHON = re.compile(r"/(?:python[\d.]*[td]*|libpython[\w.]*\.so[\d.]*)$")
BINDINGS = {"pybind11", "nanobind", "PyO3"}
OWN = re.compile(r"(?:^|/)librefsan\.so$")
OWN_HEADER = re.compile(r"/include/refsan/")
LIBC = re.compile(r"/(?:libc|ld-linux[\w-]*|libpthread|libtsan|"
                  r"libclang_rt\.tsan[\w-]*)(?:\.so|-\d)")


def is_python(frame):
    return "module" not in frame


@functools.cache
def _package(file):
    """(the name of what is installed, whether that is of the standard
    library), or (None, False)."""
    frozen = FROZEN.search(file)
    if frozen:
        return frozen[1].partition(".")[0], True
    last = None
    for last in ROOT.finditer(file):
        pass
    if not last:
        return None, False
    # a/b.py, a.py and a.cpython-315-x86_64-linux-gnu.so
    name = file[last.end():].partition("/")[0].partition(".")[0]
    return name, "packages/" not in last[0]


def group(frame, others=()):
    """What a frame is folded under; None where it is the user's. `others`
    are packages to fold, too."""
    file = frame.get("file") or ""
    module = frame.get("module") or ""
    if frame.get("interpreter") or PYTHON.search(module):
        return INTERPRETER
    if OWN.search(module) or OWN_HEADER.search(file):
        return REFSAN
    name, is_standard = _package(file if is_python(frame) else module)
    if name in RUNNERS:
        return RUNNERS[name]
    if name is not None and name in others:
        return name
    if is_python(frame):
        return STANDARD if is_standard else None
    if is_standard and "/lib-dynload/" in module:
        return STANDARD
    return native_group(frame, file, module)


def native_group(frame, file, module):
    if LIBC.search(module) or frame.get("function") == "_start":
        return C_LIBRARY
    library = next((words for pattern, words in LIBRARIES
                    if pattern.search(file)), None)
    return library or (not file and frame.get("function")
                       and names.binding(frame["function"]) or None)


def is_dealloc_entry(frame):
    """What every dealloc goes through; the type's own is called by it."""
    return os.path.basename(frame.get("function") or "").startswith(
        ("_Py_Dealloc", "Py_DECREF", "_Py_DecRef", "_Py_MergeZeroLocal",
         "_Py_brc_", "subtype_dealloc"))
