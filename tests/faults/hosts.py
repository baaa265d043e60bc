# SPDX-License-Identifier: MIT
"""What these tests share: programs with one error (the module `demo` of
tests/options), under `refsan run` or with the runtime alone, in surroundings
that fail. CTest names the interpreter, in PYTHON; without one a test is
skipped, visibly."""

import os
import pathlib
import re
import shutil
import subprocess
import sys
import unittest

TESTS = pathlib.Path(__file__).resolve().parent.parent
PYTHON = os.environ.get("PYTHON")
if not PYTHON:
    print("no Python 3.15 here")
    sys.exit(77)
os.environ["PYTHON_INCLUDE"] = subprocess.run(
    [PYTHON, "-c", "import sysconfig; print(sysconfig.get_path('include'))"],
    text=True, capture_output=True, check=True).stdout.strip()
sys.path[:0] = [str(TESTS / "options"), str(TESTS.parent / "scripts")]

import support  # noqa: E402

FOLDER, LIBRARY, REFSAN = support.FOLDER, support.LIBRARY, support.REFSAN
TITLE = "refsan: refop-detached:"
ERROR = "demo.detached([])\n"


def need_root():
    if os.geteuid() != 0:
        print("only root can do this")
        sys.exit(77)


def place(code, folder):
    """The program's path; the module is beside it."""
    if folder != FOLDER:
        folder.mkdir(parents=True, exist_ok=True)
        shutil.copy(FOLDER / "demo.so", folder)
    path = folder / "program.py"
    path.write_text("import demo\n" + code)
    return str(path)


class FaultTest(unittest.TestCase):
    maxDiff = None

    def start(self, code, *arguments, command=(), options=None, folder=None,
              **more):
        """The running `refsan run ARGUMENTS -- PYTHON PROGRAM`; with
        command=None the program with the runtime preloaded. Program and
        module are in `folder`."""
        environment = {**support.environment(options or {}),
                       **more.pop("environment", {})}
        program = [PYTHON, "-s", place(code, folder or FOLDER)]
        if folder:
            environment["PYTHONPATH"] = str(folder)
        if command is None:
            environment["LD_PRELOAD"] = LIBRARY
        else:
            program = [*command, REFSAN, "run", "--full", *arguments, "--", *program]
            environment["REFSAN_LIBRARY"] = LIBRARY
        return subprocess.Popen(program, env=environment, **{
            "text": True, "stdout": subprocess.PIPE,
            "stderr": subprocess.PIPE, **more})

    def run_it(self, code, *arguments, **more):
        process = self.start(code, *arguments, **more)
        out, err = process.communicate(timeout=100)
        return subprocess.CompletedProcess(process.args, process.returncode,
                                           out, err)

    def said(self, done, status=66, times=1):
        """The error was said, and is the status."""
        words = f"{done.stdout}\n----\n{done.stderr}"
        self.assertEqual(done.stderr.count(TITLE), times, words)
        self.assertEqual(done.returncode, status, words)
        return done.stderr

    def lost(self, text, slug_words):
        """How many of these the line of losses has."""
        match = re.search(rf"(\d+) {slug_words}", text)
        self.assertTrue(match, text)
        return int(match[1])
