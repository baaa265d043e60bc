# SPDX-License-Identifier: MIT
"""What tests of children, GIL and tiers share: the interpreters that are here,
small modules and programs, and runs of them under `refsan run`."""

import functools
import os
import pathlib
import subprocess
import sys
import unittest

TESTS = pathlib.Path(__file__).resolve().parent.parent
sys.path.insert(0, str(TESTS))

import interpreters  # noqa: E402

REFSAN, LIBRARY = os.environ["REFSAN"], os.environ["REFSAN_LIBRARY"]
CC = os.environ.get("CC", "cc")
FOLDER = pathlib.Path.cwd()
# CTest runs each test twice, and names a default or a free-threaded one.
PYTHON = interpreters.probe(os.environ.get("PYTHON") or "python3.15")
FOUND = [python for name, python in interpreters.find().items()
         if name in ("python3.15", "python3.15t", "python3.14t")
         and PYTHON and python.is_free_threaded == PYTHON.is_free_threaded]
if not FOUND:
    print("no Python 3.15 or 3.14t here")
    sys.exit(77)
FREE_THREADED = [python for python in FOUND if python.is_free_threaded]


def compile_c(source, name, *flags, compiler=(CC,)):
    """The path of what was made, or None where it cannot be."""
    path = FOLDER / name
    done = subprocess.run(
        [*compiler, "-O1", "-g", "-x", "c", "-", "-o", str(path), *flags],
        input=source, text=True, capture_output=True,
        env={**os.environ, "REFSAN_CC": CC})
    if done.returncode and "-static" not in flags:
        raise AssertionError(done.stderr)
    return None if done.returncode else str(path)


def compile_module(python, source, name, compiler=(CC,)):
    """Its folder, one for each interpreter."""
    folder = FOLDER / python.name / name
    folder.mkdir(parents=True, exist_ok=True)
    compile_c(source, f"{python.name}/{name}/{name}.so", "-shared", "-fPIC",
              f"-I{TESTS}", *(f"-I{path}" for path in python.includes),
              compiler=compiler)
    return str(folder)


def clean_environment(**more):
    return {**{name: value for name, value in os.environ.items()
               if not name.startswith(("PYTHON", "REFSAN_", "LD_PRELOAD"))},
            "REFSAN_LIBRARY": LIBRARY, **more}


def on_each(pythons):
    """A test that is told the interpreter."""
    def decorate(test):
        @functools.wraps(test)
        def run(self):
            for python in pythons:
                with self.subTest(python.name):
                    test(self, python)
        return run
    return decorate


class RunTest(unittest.TestCase):
    maxDiff = None

    def refsan(self, *command, options=(), status=0, **environment):
        done = subprocess.run(
            [sys.executable, REFSAN, "run", "--full", *options, "--", *command],
            text=True, capture_output=True, timeout=100,
            env=clean_environment(**environment))
        self.assertEqual(done.returncode, status, done.stderr)
        return done


def main():
    """A test that could not be made is a skip that CTest shows, not a pass."""
    result = unittest.main(exit=False).result
    sys.exit(1 if not result.wasSuccessful() else 77 if result.skipped else 0)
