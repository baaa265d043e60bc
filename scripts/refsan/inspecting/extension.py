# SPDX-License-Identifier: MIT
"""What the file of an extension module shows by itself."""

import os
import re

from .. import tables
from ..symbolizing import elf
from .elf_file import Damaged, ElfFile

DEBUG_FOLDER = "/usr/lib/debug"
MARK = "refsan_abi_"  # instrument.h: the symbol that it looks for
# By what each leaves in its modules' read-only data; the group is a version.
TOOLKITS = {
    "Cython": rb"\0_cython_(\d+(?:_\d+)+)|\0cython_runtime\0",
    "pybind11": rb"__pybind11_internals_v(\d+)",
    "nanobind": rb"nb_internals_v(\d+)",
    "PyO3": rb"pyo3-(\d+\.\d+\.\d+)|pyo3_runtime\.PanicException",
    "SWIG": rb"swig_runtime_data(\d+)",
    "CFFI": rb"\0_cffi_backend\0",
    "Boost.Python": rb"\0Boost\.Python\.",
}
# The groups of watched functions that say what a module does, by the names of
# their members.
GROUPS = {
    "immortality": re.compile("Immortal"),
    "TryIncRef": re.compile("TryIncRef"),
    "deferred": re.compile("DeferredRefcount"),
    "set counts": re.compile("SetRefcnt"),
    "read counts": re.compile("Py_REFCNT|UniquelyReferenced"),
}
CALLS = {"Py_IncRef", "Py_DecRef", "_Py_IncRef", "_Py_DecRef", "Py_NewRef",
         "Py_XNewRef"}
# What Py_DECREF calls in the end, where it is compiled in line.
INLINE_ENDS = {"_Py_Dealloc", "_Py_DecRefShared", "_Py_MergeZeroLocalRefcount"}


class Extension:
    """One file. `damage` says what is wrong with it, and then nothing else
    is known."""

    def __init__(self, name, path):
        self.name, self.path = name, path
        self.damage = self.error = None
        self.gil = "unknown"  # package.py asks the interpreter
        try:
            self.file = ElfFile(path)
        except Damaged as damage:
            self.damage = str(damage)

    @property
    def is_module(self):
        """Not a library that lies in the package."""
        stem = os.path.basename(self.path).partition(".")[0]
        if self.damage:
            return True
        return any(symbol.startswith((f"PyInit_{stem}", "PyInitU_",
                                      f"PyModExport_{stem}"))
                   for symbol in self.file.exported)

    # ---- How it counts

    @property
    def tier(self):
        """"stock", "instrumented", or what an instrumented one says that this
        refsan cannot read."""
        for symbol in self.file.imported:
            if symbol.startswith(MARK):
                version = symbol[len(MARK):]
                return ("instrumented" if version == str(tables.abi()) else
                        f"instrumented for version {version} of refsan's "
                        "headers, which this refsan does not read")
        return "stock"

    @property
    def counting(self):
        """"call", "inline", "both", or "none"."""
        calls = bool(CALLS & self.file.imported)
        inline = bool(INLINE_ENDS & self.file.imported)
        return {(True, True): "both", (True, False): "call",
                (False, True): "inline"}.get((calls, inline), "none")

    @property
    def is_limited(self):
        """Built for the stable ABI, by its name."""
        return bool(re.search(r"\.abi3t?\.so$", self.path))

    # ---- What it uses

    def borrows(self, is_watched):
        return [lender.symbol for lender in tables.lenders()
                if lender.is_watched == is_watched and
                lender.symbol in self.file.imported]

    def uses(self, group):
        return [symbol for symbol in tables.watched_symbols()
                if GROUPS[group].search(symbol) and
                symbol in self.file.imported]

    @property
    def toolkits(self):
        found = []
        for name, pattern in TOOLKITS.items():
            match = self.file.search(pattern)
            if match:
                version = match[1] if match.re.groups else None
                found.append(f"{name} {version.decode().replace('_', '.')}"
                             if version else name)
        return found

    # ---- What reports will show of it

    @property
    def debug(self):
        """A sentence about its debug information, without an end."""
        if self.file.has(".debug_info") or self.file.has(".zdebug_info"):
            is_split = self.file.read(".debug_str").find(b".dwo\0") >= 0
            return "in .dwo files" if is_split else "yes"
        place = self._separate()
        if place:
            return f"in {place}"
        link = self._link()
        missing = f", split off to {link}, which is not here" if link else ""
        if self.file.has(".symtab"):
            return f"no, but function names{missing}"
        return f"no, stripped{missing}"

    def _link(self):
        """The name in .gnu_debuglink."""
        name = self.file.read(".gnu_debuglink").partition(b"\0")[0]
        return name.decode(errors="backslashreplace")

    def _separate(self):
        """The file with its debug information, where debuggers look."""
        build_id, link = elf.build_id(self.path), self._link()
        folder = os.path.dirname(os.path.realpath(self.path))
        places = []
        if build_id:
            places.append(f"{DEBUG_FOLDER}/.build-id/{build_id[:2]}/"
                          f"{build_id[2:]}.debug")
        if link:
            places += [f"{folder}/{link}", f"{folder}/.debug/{link}",
                       f"{DEBUG_FOLDER}{folder}/{link}"]
        return next(filter(os.path.isfile, places), None)

    @property
    def frames(self):
        """How stacks can be walked through it."""
        tables_ = ("unwind tables" if self.file.has(".eh_frame") and
                   self.file.has(".eh_frame_hdr") else "no unwind tables")
        share = self.file.frame_pointers()
        if share is None:
            return f"{tables_}; frame pointers unknown"
        kept = ("with" if share >= 0.3 else
                "some" if share >= 0.03 else "no")
        return f"{tables_}, {kept} frame pointers"
