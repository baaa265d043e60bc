# SPDX-License-Identifier: MIT
"""Instrumented modules among others: without refsan they do what they did before;
beside a module that is not instrumented; and built with headers of another
version, which is said in one line."""

import os
import pathlib
import subprocess
import sys

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent.parent
LIBRARY, PYTHON = os.environ["REFSAN_LIBRARY"], os.environ["PYTHON"]
QUIET = HERE.parent / "quiet"
COUNTS = """
import t
things = [object()]
print([t.count(things), t.store(object()), t.lock(things)],
      __import__("sys").getrefcount(things))
"""


def build(name, source, *flags, instrumented=True):
    """<name>/t.so or <name>/other.so, by `refsan cc` or the compiler."""
    folder = pathlib.Path(name)
    folder.mkdir(exist_ok=True)
    compiler = [os.environ["CC"]]
    if instrumented:
        compiler = [sys.executable, os.environ["REFSAN"], "cc"]
    module = "other" if "other" in source.name else "t"
    subprocess.run(
        [*compiler, "-shared", "-fPIC", "-O2", "-g", f"-I{ROOT / 'tests'}",
         f"-I{ROOT / 'include'}", *flags, str(source),
         *(f"-I{i}" for i in os.environ["PYTHON_INCLUDE"].split(";")),
         "-o", str(folder / f"{module}.so")],
        check=True, env=dict(os.environ, REFSAN_CC=os.environ["CC"]))
    return folder


def run(program, *folders, library=LIBRARY):
    """(stdout, stderr) of a run that succeeds."""
    environment = dict(os.environ, PYTHONPATH=":".join(map(str, folders)))
    if library:
        environment["LD_PRELOAD"] = library
    done = subprocess.run([PYTHON, "-s", "-c", program], text=True,
                          env=environment, capture_output=True)
    if done.returncode:
        sys.exit(f"status {done.returncode}:\n{done.stderr}")
    return done.stdout, done.stderr


def expect(what, is_so, seen):
    if not is_so:
        sys.exit(f"{what}:\n{seen}")


if not PYTHON:
    sys.exit(77)
macros = QUIET / "instrumented-macros.c"
plain = build("plain", macros, instrumented=False)
told = build("told", macros)
seen = [run(COUNTS, folder, library=None) for folder in (plain, told)]
expect("not the same without refsan", seen[0] == seen[1] and not seen[1][1],
       seen)
out, err = run(COUNTS, told)
expect("not the same with refsan", out == seen[0][0], out)
expect("one module is not counted", ", 1 instrumented" in err, err)
expect("the tier is not named", "instrumented tier on CPython" in err, err)
out, err = run(COUNTS, plain)
expect("counted without reason", "stock tier on CPython" in err, err)

source = HERE / "instrumented_other.c"
other = build("other", source, "-DVERSION=1", instrumented=False)
out, err = run(COUNTS + "import other; print(other.announce_later(1))", plain,
               other)
expect("an unknown operation is not left alone", out.endswith("\n0\n"), out)
expect("an unknown operation is not said",
       err.count("its operation 77 is not known here") == 1, err)

newer = build("newer", source, "-DVERSION=2", instrumented=False)
program = "import other; print(other.announce_later(1))" + COUNTS
out, err = run(program, told, newer)
expect("another version finds a table", out.startswith("-1\n"), out)
expect("another version is not said",
       err.count("was built with headers of version 2") == 1, err)
expect("another version is counted", ", 1 instrumented" in err, err)
