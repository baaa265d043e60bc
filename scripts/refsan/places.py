# SPDX-License-Identifier: MIT
"""Where the parts of refsan are: in the source tree, or installed as
bin/refsan, lib/librefsan.so, include/refsan and
share/refsan/{scripts,runtime,interpose}."""

import os
import pathlib

from .mistake import Mistake

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
LIBRARY = "librefsan.so"


def _libraries():
    """The built one, those of other presets, then installed ones."""
    prefix = ROOT.parent.parent
    for folder, pattern in ((ROOT, "build/"), (ROOT, "build/*/"),
                            (prefix, "lib*/"), (prefix, "lib*/*/")):
        yield from sorted(folder.glob(pattern + LIBRARY))


def find_library():
    chosen = os.environ.get("REFSAN_LIBRARY")
    if chosen:
        if not os.path.isfile(chosen):
            raise Mistake(f"REFSAN_LIBRARY: there is no file {chosen}")
        return os.path.abspath(chosen)
    for path in _libraries():
        return str(path)
    raise Mistake(f"{LIBRARY} is not here: build refsan first, or set "
                  "REFSAN_LIBRARY")


def find_instrument():
    """The folder whose Python.h stands before the interpreter's."""
    for folder in ROOT, ROOT.parent.parent:
        path = folder / "include/refsan/instrument"
        if (path / "Python.h").is_file():
            return path
    raise Mistake("include/refsan/instrument/Python.h is not here: refsan is "
                  "not installed whole")
