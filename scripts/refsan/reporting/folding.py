# SPDX-License-Identifier: MIT
"""Whose a frame is: the user's, or of what stands around every program and is
folded in a report: test runners, import, threads, binding libraries, the
interpreter, refsan itself."""

import functools
import os
import re

INTERPRETER = "the interpreter"
STANDARD = "the standard library"
# Packages by the name of their folder or file, wherever they are installed.
RUNNERS = {name: words for words, names in {
    "pytest": ("pytest", "_pytest", "pluggy", "xdist", "pytest_asyncio",
               "pytest_run_parallel", "anyio", "execnet"),
    "unittest": ("unittest",),
    "hypothesis": ("hypothesis",),
    "importlib": ("importlib",),
    "threading": ("threading.py", "concurrent"),
    "runpy": ("runpy.py",),
    "asyncio": ("asyncio",),
    "multiprocessing": ("multiprocessing",),
}.items() for name in names}
ROOT = re.compile(r"(?:^|/)(?:site-packages|dist-packages)/|"
                  r"/lib/python3\.\d+t?/")
FROZEN = re.compile(r"<frozen ([\w.]+)>$")
LIBRARIES = [(re.compile(pattern), words) for pattern, words in (
    (r"/pybind11/", "pybind11"), (r"/nanobind/", "nanobind"),
    (r"/pyo3(?:-ffi)?-\d|/pyo3/src/", "PyO3"), (r"/include/c\+\+/", "C++"),
    (r"^/rustc/|/rustlib/src/", "Rust"), (r"/boost/", "Boost"))]
OWN = re.compile(r"(?:^|/)librefsan\.so$")
C_LIBRARY = re.compile(r"/(?:libc|ld-linux[\w-]*|libpthread)(?:\.so|-\d)")


def is_python(frame):
    return "module" not in frame


@functools.cache
def _package(file):
    """(its first folder or file below where packages are installed, whether
    that is of the standard library), or (None, False)."""
    frozen = FROZEN.search(file)
    if frozen:
        return frozen[1].partition(".")[0], True
    last = None
    for last in ROOT.finditer(file):
        pass
    if not last:
        return None, False
    return (file[last.end():].partition("/")[0],
            "packages/" not in last[0])


def group(frame, others=()):
    """What a frame is folded under; None where it is the user's. `others`
    are packages to fold, too."""
    if frame.get("interpreter"):
        return INTERPRETER
    file = frame.get("file") or ""
    module = frame.get("module") or ""
    if OWN.search(module) or "/scripts/refsan/" in file:
        return "refsan"
    name, is_standard = _package(file if is_python(frame) else module)
    if name in RUNNERS:
        return RUNNERS[name]
    if name is not None and name.partition(".")[0] in others:
        return name.partition(".")[0]
    if is_python(frame):
        return STANDARD if is_standard else None
    if is_standard and "/lib-dynload/" in module:
        return STANDARD
    return native_group(frame, file, module)


def native_group(frame, file, module):
    if C_LIBRARY.search(module):
        return INTERPRETER  # it starts threads, and calls main()
    # Where the user's own code was inlined from a library's header, the
    # function's name is still the library's.
    return next((words for pattern, words in LIBRARIES
                 if pattern.search(file)), None)


def is_dealloc_entry(frame):
    """What every dealloc goes through says less than the type's own."""
    return os.path.basename(frame.get("function") or "").startswith(
        ("_Py_Dealloc", "Py_DECREF", "_Py_DecRef", "_Py_MergeZeroLocal",
         "_Py_brc_", "subtype_dealloc"))
