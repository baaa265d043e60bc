# SPDX-License-Identifier: MIT
"""What these tests share: the interpreter that CTest names, in PYTHON; the
module `demo` of tests/options; TSan's runtimes; programs under `refsan run`."""

import os
import pathlib
import shutil
import subprocess
import sys

TESTS = pathlib.Path(__file__).resolve().parent.parent
sys.path[:0] = [str(TESTS), str(TESTS / "faults"),
                str(TESTS.parent / "scripts")]

import hosts  # noqa: E402
import interpreters  # noqa: E402, F401
from refsan import sanitizers  # noqa: E402

# Races of code that is not instrumented are none of TSan's business.
TSAN_OPTIONS = "ignore_noninstrumented_modules=1"


def runtimes():
    """One of each maker; without any the test is skipped, visibly."""
    found = {runtime.is_llvm: runtime
             for runtime in reversed(sanitizers.tsan_runtimes())}
    if not found:
        print("no TSan runtime here:", sanitizers.HOW_TO_GET_ONE)
        sys.exit(77)
    return list(found.values())


def compilers():
    return [name for name in ("gcc", "clang") if shutil.which(name)]


def instrumented(compiler, source, name, include=None):
    """The folder of the module, which TSan instruments."""
    folder = hosts.FOLDER / compiler
    folder.mkdir(exist_ok=True)
    flags = ["-shared-libsan"] if compiler == "clang" else []
    subprocess.run(
        [compiler, "-O1", "-g", "-shared", "-fPIC", "-fsanitize=thread",
         *flags, "-pthread", f"-I{TESTS}",
         f"-I{include or os.environ['PYTHON_INCLUDE']}", "-o", folder / name,
         source], check=True)
    return folder


def link_embedded(compiler, source, program):
    """A program on the embedded runtime, which TSan instruments."""
    library = pathlib.Path(os.environ["REFSAN_EMBEDDED"])
    subprocess.run(
        [compiler, "-O1", "-g", "-fsanitize=thread", "-pthread",
         f"-I{TESTS.parent / 'include'}", f"-I{TESTS / 'unit'}", "-o", program,
         source, library, f"-Wl,-rpath,{library.parent}"], check=True)


def run(*command, refsan=(), **environment):
    """COMMAND under `refsan run`. Not by its launcher: Debian's sh does not
    survive gcc's runtime."""
    kept = hosts.support.environment({})
    kept["REFSAN_OPTIONS"] = environment.pop("options", "")
    return subprocess.run(
        [sys.executable, hosts.REFSAN, "run", "--full", *refsan, "--",
         *map(str, command)],
        text=True, capture_output=True, timeout=200,
        env={**kept, "REFSAN_LIBRARY": hosts.LIBRARY,
             "TSAN_OPTIONS": TSAN_OPTIONS, **environment})


def instrumented(compiler, source, name):
    """The folder of the module."""
    folder = hosts.FOLDER / compiler
    folder.mkdir(exist_ok=True)
    flags = ["-shared-libsan"] if compiler == "clang" else []
    subprocess.run(
        [compiler, "-O1", "-g", "-shared", "-fPIC", "-fsanitize=thread",
         *flags, "-pthread", f"-I{TESTS}",
         f"-I{hosts.os.environ['PYTHON_INCLUDE']}", "-o", folder / name,
         source], check=True)
    return folder
