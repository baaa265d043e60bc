# SPDX-License-Identifier: MIT
"""Where the parts of refsan are. In a checkout the package is scripts/refsan,
and the build leaves librefsan.so, tables.json and examples.json in its own
folder. Installed it has the two in it: by CMake in share/refsan/refsan, beside
bin/refsan, lib/librefsan.so and include/refsan; by pip in site-packages/refsan,
which has lib, include and share in itself."""

import os

from .mistake import Mistake

PACKAGE = os.path.dirname(os.path.realpath(__file__))
LIBRARY = "librefsan.so"
TABLES, EXAMPLES = "tables.json", "examples.json"
IS_INSTALLED = os.path.isfile(os.path.join(PACKAGE, TABLES))
IS_WHEEL = os.path.isdir(os.path.join(PACKAGE, "include"))
ROOT = os.path.normpath(os.path.join(  # the prefix, or the checkout
    PACKAGE, "." if IS_WHEEL else "../../.." if IS_INSTALLED else "../.."))

_preferred = [os.path.join(ROOT, "build")]


def prefer(folder):
    """Looks in `folder`, a build's, before all others."""
    _preferred.insert(0, folder)


def _builds():
    """Folders of builds: the preferred one, build/, those of other presets."""
    yield from _preferred
    yield from folders("build/*")


def folders(*patterns):
    """Those below the root."""
    import glob
    for pattern in patterns:
        yield from sorted(glob.glob(os.path.join(glob.escape(ROOT), pattern,
                                                 "")))


def _chosen(variable):
    """The file that the user names, or None."""
    path = os.environ.get(variable)
    if path and not os.path.isfile(path):
        raise Mistake(f"{variable}: there is no file {path}")
    return path and os.path.abspath(path)


def _find(variable, name, folders):
    chosen = _chosen(variable)
    if chosen:
        return chosen
    for folder in folders:
        path = os.path.join(folder, name)
        if os.path.isfile(path):
            return path
    raise Mistake(f"{name} is not here: build refsan first, or set {variable}")


def find_library():
    return _find("REFSAN_LIBRARY", LIBRARY, folders("lib*", "lib*/*")
                 if IS_INSTALLED else _builds())


def find_known():
    """The suppressions of known findings, or None."""
    path = os.environ.get("REFSAN_KNOWN") or os.path.join(
        ROOT, "share/refsan/known.supp")
    return path if os.path.isfile(path) else None


def find_tables():
    """The build makes them from the .def tables."""
    return _find("REFSAN_TABLES", TABLES,
                 [PACKAGE] if IS_INSTALLED else _builds())


def find_examples():
    """The build makes them from tests/bugs, beside the tables."""
    path = os.path.join(os.path.dirname(find_tables()), EXAMPLES)
    if os.path.isfile(path):
        return path
    raise Mistake(f"{EXAMPLES} is not beside {TABLES}: build refsan first")


def find_instrument():
    """The folder whose Python.h stands before the interpreter's."""
    path = os.path.join(ROOT, "include/refsan/instrument")
    if os.path.isfile(os.path.join(path, "Python.h")):
        return path
    raise Mistake("include/refsan/instrument/Python.h is not here: refsan is "
                  "not installed whole")
