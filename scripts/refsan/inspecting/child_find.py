# SPDX-License-Identifier: MIT
"""Run by the interpreter in question (package.py): finds the extension modules
of the package that the argument names, and imports nothing but its parents.
One line of JSON."""

import importlib.machinery
import importlib.metadata
import importlib.util
import json
import os
import sys

SUFFIXES = sorted(importlib.machinery.EXTENSION_SUFFIXES, key=len)[::-1]
name = sys.argv[1]
found, others = {}, 0


def take(path, prefix):
    global others
    file = os.path.basename(path)
    suffix = next((s for s in SUFFIXES if file.endswith(s)), None)
    if suffix is None:
        return
    stem = file[:-len(suffix)]
    if "." in stem:
        others += 1  # of other interpreters
    elif stem.isidentifier():
        dotted = ".".join(prefix + ([] if stem == "__init__" else [stem]))
        found.setdefault(dotted, path)


def walk(folder, prefix):
    for at, folders, files in os.walk(folder):
        inner = os.path.relpath(at, folder).split(os.sep)
        inner = [part for part in inner if part != "."]
        folders[:] = sorted(f for f in folders if f.isidentifier())
        for file in sorted(files):
            take(os.path.join(at, file), prefix + inner)


def distribution():
    """Of the package, or of that name: PyYAML is not what is imported."""
    try:
        names = importlib.metadata.packages_distributions().get(
            name.partition(".")[0]) or [name]
        return importlib.metadata.distribution(names[0])
    except Exception:
        return None


try:
    spec = importlib.util.find_spec(name)
    why = None
except BaseException as error:
    spec, why = None, f"{type(error).__name__}: {error}"
dist = distribution()
origin = getattr(spec, "origin", None)
if spec is not None:
    if origin and os.path.isfile(origin):
        take(origin, name.split(".")[:-1])
    for folder in spec.submodule_search_locations or ():
        walk(folder, name.split("."))
if dist is not None and "." not in name:
    for file in dist.files or ():
        if not any(part in ("..", ".") for part in file.parts):
            take(str(dist.locate_file(file)), list(file.parts[:-1]))
print(json.dumps({
    "is_there": spec is not None or bool(found), "why": why,
    "is_built_in": origin in ("built-in", "frozen"),
    "version": dist.version if dist else None,
    "distribution": dist.name if dist else None,
    "folder": next(iter(getattr(spec, "submodule_search_locations", None)
                        or ()), None),
    "found": found, "others": others}))
