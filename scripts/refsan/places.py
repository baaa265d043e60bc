# SPDX-License-Identifier: MIT
"""Where the parts of refsan are. In a checkout the package is scripts/refsan,
and the build leaves librefsan.so, tables.json and examples.json in its own
folder. Installed it is share/refsan/refsan with the two in it, beside
bin/refsan, lib/librefsan.so and include/refsan."""

import os
import pathlib

from .mistake import Mistake

PACKAGE = pathlib.Path(__file__).resolve().parent
LIBRARY = "librefsan.so"
TABLES, EXAMPLES = "tables.json", "examples.json"
IS_INSTALLED = (PACKAGE / TABLES).is_file()
ROOT = PACKAGE.parents[2 if IS_INSTALLED else 1]  # the prefix, or the checkout

_preferred = [ROOT / "build"]


def prefer(folder):
    """Looks in `folder`, a build's, before all others."""
    _preferred.insert(0, folder)


def _builds():
    """Folders of builds: the preferred one, build/, those of other presets."""
    yield from _preferred
    yield from sorted(ROOT.glob("build/*/"))


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
        path = folder / name
        if path.is_file():
            return str(path)
    raise Mistake(f"{name} is not here: build refsan first, or set {variable}")


def find_library():
    return _find("REFSAN_LIBRARY", LIBRARY, (
        *sorted(ROOT.glob("lib*/")), *sorted(ROOT.glob("lib*/*/"))
    ) if IS_INSTALLED else _builds())


def find_tables():
    """The build makes them from the .def tables."""
    return _find("REFSAN_TABLES", TABLES,
                 [PACKAGE] if IS_INSTALLED else _builds())


def find_examples():
    """The build makes them from tests/bugs, beside the tables."""
    path = pathlib.Path(find_tables()).with_name(EXAMPLES)
    if path.is_file():
        return path
    raise Mistake(f"{EXAMPLES} is not beside {TABLES}: build refsan first")


def find_instrument():
    """The folder whose Python.h stands before the interpreter's."""
    path = ROOT / "include/refsan/instrument"
    if (path / "Python.h").is_file():
        return path
    raise Mistake("include/refsan/instrument/Python.h is not here: refsan is "
                  "not installed whole")
