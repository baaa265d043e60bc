# SPDX-License-Identifier: MIT
"""An object that another thread releases while an incref of it is looked at, or
reported, is not written to: the report is longer than the interval that the
program has between reading a pointer and counting it."""

import os
import pathlib
import re
import subprocess
import sys
import unittest

import runs
from runs import FREE_THREADED, LIBRARY, REFSAN, on_each

SOURCE = pathlib.Path(__file__).with_name("window.c").read_text()
# The file says what its threads do; -x c knows no folder.
WAYS = {"call": ((runs.CC,), ""),
        "in_line": ((sys.executable, REFSAN, "cc"), "#define IN_LINE\n")}


class Window(unittest.TestCase):
    def meet(self, python, way):
        compiler, head = WAYS[way]
        folder = runs.compile_module(python, head + SOURCE, "window",
                                     compiler=compiler)
        done = subprocess.run(
            [python.path, "-I", "-c", "import sys\n"
             f"sys.path.insert(0, {folder!r})\nimport window\n"
             "print(window.meet())"], text=True, capture_output=True,
            timeout=100, env=runs.clean_environment(LD_PRELOAD=LIBRARY))
        said = re.findall(r"^refsan: ([a-z-]+): ", done.stdout, re.M)
        self.assertEqual((done.returncode, said),
                         (66, ["borrowed-race", "incref-after-zero"]),
                         f"{done.stdout}\n----\n{done.stderr}")
        self.assertNotIn("incref              1 -> 2", done.stdout.partition(
            "incref-after-zero:")[2])
        self.assertIn("so that the process can continue", done.stdout)

    @on_each(FREE_THREADED)
    def test_a_call(self, python):
        self.meet(python, "call")

    @on_each(FREE_THREADED)
    def test_in_line(self, python):
        self.meet(python, "in_line")


if not FREE_THREADED:
    print("with a GIL the other thread cannot release it")
    sys.exit(77)
if __name__ == "__main__":
    runs.main()
