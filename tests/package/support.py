# SPDX-License-Identifier: MIT
"""What these tests share: refsan's wheel, built once by scripts/wheel, in empty
virtual environments, away from the work tree."""

import os
import pathlib
import shutil
import subprocess
import sys
import unittest

TESTS = pathlib.Path(__file__).resolve().parent.parent
ROOT = TESTS.parent
sys.path[:0] = [str(TESTS), str(TESTS / "recipes")]

import interpreters  # noqa: E402, F401

BUG = TESTS / "bugs/refop-detached-allow-threads.c"
FIRST_LINE = (r"(?m)^\S+refop-detached-allow-threads\.c:\d+: error: list "
              r"counted without an attached thread state \[refop-detached\]$")
# What names the build's own parts.
for variable in "REFSAN_LIBRARY", "REFSAN_TABLES":
    os.environ.pop(variable, None)
DISTRIBUTIONS = pathlib.Path(os.environ["DISTRIBUTIONS"])
CC = os.environ.get("CC", "cc")


def need(found, what):
    if not found:
        print(f"there is no {what} here")
        sys.exit(77)
    return found


def wheel():
    path, = DISTRIBUTIONS.glob("*.whl")
    return path


def sdist():
    path, = DISTRIBUTIONS.glob("*.tar.gz")
    return path


def pip():
    """A pip that runs on any Python."""
    path, = (DISTRIBUTIONS / "pip").glob("pip-*.whl")
    return path / "pip"


def call(*command, status=0, **more):
    """The command's output, both streams."""
    done = subprocess.run(list(map(str, command)), text=True, timeout=600,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                          **more)
    if done.returncode != status:
        raise AssertionError(f"{command}: status {done.returncode}, not "
                             f"{status}\n{done.stdout}")
    return done.stdout


def build_bug(python, folder):
    """The module `t` for an interpreter, and the program that uses it."""
    folder.mkdir(parents=True, exist_ok=True)
    call(CC, "-g", "-O1", "-shared", "-fPIC", "-pthread", f"-I{TESTS}",
         *(f"-I{path}" for path in python.includes),
         "-o", folder / "t.so", BUG)
    (folder / "program.py").write_text("import t\nt.keep([])\n")
    return folder


class Environment:
    """An empty virtual environment of `python` with these packages."""

    def __init__(self, python, folder, *packages):
        self.folder = pathlib.Path(folder).resolve()
        shutil.rmtree(self.folder, ignore_errors=True)
        self.folder.parent.mkdir(parents=True, exist_ok=True)
        # The newest pip does not run on an old Python, which has its own.
        self.is_old = "True" in call(python, "-c", "import sys; "
                                     "print(sys.version_info < (3, 10))")
        call(python, "-m", "venv", *([] if self.is_old else
                                     ["--without-pip"]), self.folder)
        self.pip("install", "--no-index", wheel())
        if packages:
            self.pip("install", *packages)

    def pip(self, *arguments, **more):
        program = ["-m", "pip"] if self.is_old else [pip()]
        return call(self.python, *program, "--disable-pip-version-check", "-q",
                    "--no-input", *arguments, **more)

    @property
    def python(self):
        return self.folder / "bin/python3"

    def move(self, folder):
        folder = pathlib.Path(folder).resolve()
        shutil.rmtree(folder, ignore_errors=True)
        self.folder.rename(folder)
        self.folder = folder

    def refsan(self, *arguments, path=None, cwd=None, status=0, **environment):
        """Where only the virtual environment is on PATH."""
        return call(self.folder / "bin/refsan", *arguments, status=status,
                    cwd=cwd or self.folder.parent,
                    env={"PATH": path or str(self.folder / "bin"),
                         **environment})


class PackageTest(unittest.TestCase):
    maxDiff = None
