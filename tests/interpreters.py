# SPDX-License-Identifier: MIT
"""The interpreters to test with: which are here, and what each one is.

An interpreter is looked for on PATH by name, then where pyenv keeps the versions
that are not selected; 3.15 also where scripts/python unpacks it. A name that
does not run, such as a version manager's shim for a version that is not
selected, counts as absent. More can be given by path.
"""

import dataclasses
import json
import os
import pathlib
import shutil
import subprocess

ROOT = pathlib.Path(__file__).resolve().parent.parent

NAMES = ["python3.15", "python3.15t", "python3.14t", "python3.13t",
         "python3.14", "python3.13", "python3.12",
         "python3.15d", "python3.15td"]

# Not to test with, but to compare with (scripts/detection): configured
# --with-thread-sanitizer, under a name of its own.
WATCHFUL = ["python3.15t-tsan"]

PROBE = """
import json, os, sys, sysconfig
paths = sysconfig.get_paths()
ft = bool(sysconfig.get_config_var("Py_GIL_DISABLED"))
debug = hasattr(sys, "gettotalrefcount")
configured = sysconfig.get_config_var("CONFIG_ARGS") or ""
tsan = "--with-thread-sanitizer" in configured
letters = "t" * ft + "d" * debug + "-tsan" * tsan
includes = list(dict.fromkeys([paths["include"], paths["platinclude"]]))
print(json.dumps({
    "name": "python%d.%d%s" % (*sys.version_info[:2], letters),
    "path": sys.executable,
    "version": list(sys.version_info[:3]),
    "is_free_threaded": ft,
    "is_shared": "/libpython" in open("/proc/self/maps").read(),
    "is_debug": debug,
    "is_tsan": tsan,
    "includes": includes,
    "has_headers": any(os.path.exists(os.path.join(i, "Python.h"))
                       for i in includes),
}))
"""


@dataclasses.dataclass(frozen=True)
class Interpreter:
    name: str
    path: str
    version: tuple
    is_free_threaded: bool
    is_shared: bool
    is_debug: bool
    includes: tuple
    has_headers: bool
    is_tsan: bool = False

    @property
    def label(self):
        return "ft" if self.is_free_threaded else "default"


def from_json(fields):
    fields = dict(fields)
    fields["version"] = tuple(fields["version"])
    fields["includes"] = tuple(fields["includes"])
    return Interpreter(**fields)


def probe(path):
    """Asks the interpreter at `path`; None when it is none, or no real one."""
    try:
        answer = subprocess.run([path, "-I", "-c", PROBE], text=True,
                                capture_output=True, timeout=30)
        return from_json(json.loads(answer.stdout))
    except (OSError, ValueError, TypeError, subprocess.TimeoutExpired):
        return None


def kept_by_pyenv():
    root = pathlib.Path(os.environ.get("PYENV_ROOT", "~/.pyenv")).expanduser()
    for name in NAMES:
        yield from map(str, sorted(root.glob(f"versions/*/bin/{name}")))


def find(more=()):
    """The interpreters that are here, by name; the first of a name wins."""
    unpacked = ROOT / ".refsan/python3.15/usr/bin/python3.15"
    return _by_name([*more, *map(shutil.which, NAMES), *kept_by_pyenv(),
                     str(unpacked)])


def find_watchful():
    """The same of those to compare with."""
    return _by_name(map(shutil.which, WATCHFUL))


def _by_name(paths):
    found = {}
    for path in filter(None, paths):
        interpreter = probe(path)
        if interpreter and interpreter.has_headers:
            found.setdefault(interpreter.name, interpreter)
    return found
