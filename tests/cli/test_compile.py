# SPDX-License-Identifier: MIT
"""refsan cc and refsan c++: what the compiler is asked, and what it answers.
The compiler is a script that writes its arguments down."""

import os
import shutil
import sys
import unittest

from support import ROOT, RefsanTest

NOTES = """#!/bin/sh
printf '%s\\n' "$@" >> "$NOTES"
exit 3
"""
COMPILES = [
    ["-c", "a.c"], ["-c", "a.cc", "-o", "a.o"], ["a.cpp"], ["-c", "-xc", "-"],
    ["-x", "c++", "-c", "noname"], ["-MD", "-MF", "a.d", "-c", "a.c"],
    ["@sources"],
]
PASSES = [
    [], ["--version"], ["-v"], ["-E", "a.c"], ["-M", "a.c"], ["-MM", "a.c"],
    ["-print-search-dirs"], ["-dumpmachine"], ["a.o", "-o", "a.c.so"],
    ["-shared", "a.o", "-L", "b.c", "-o", "out"], ["-o", "a.c", "b.o"],
    ["-x", "assembler", "-c", "a.c"], ["-c", "a.s"],
]


class Compile(RefsanTest):
    def setUp(self):
        super().setUp()
        self.notes = self.folder / "notes"
        compiler = self.folder / "compiler"
        compiler.write_text(NOTES)
        compiler.chmod(0o755)
        (self.folder / "sources").write_text('-c "a b.c"')
        self.environment.update(NOTES=str(self.notes),
                                REFSAN_CC=f"{compiler} -from-cc",
                                REFSAN_CXX=f"{compiler} -from-cxx")

    def ask(self, *arguments):
        """What the compiler was asked."""
        self.notes.write_text("")
        done = self.refsan(*arguments)
        self.assertEqual((done.returncode, done.stderr), (3, ""))
        return self.notes.read_text().splitlines()

    def test_compiling_has_the_headers_first(self):
        ours = [f"-I{ROOT}/include/refsan/instrument",
                "-fno-omit-frame-pointer"]
        for arguments in COMPILES:
            with self.subTest(arguments):
                self.assertEqual(self.ask("cc", *arguments),
                                 ["-from-cc", *ours, *arguments])
                self.assertEqual(self.ask("c++", *arguments),
                                 ["-from-cxx", *ours, *arguments])

    def test_everything_else_is_left_alone(self):
        for arguments in PASSES:
            with self.subTest(arguments):
                self.assertEqual(self.ask("cc", *arguments),
                                 ["-from-cc", *arguments])

    def test_no_compiler(self):
        done = self.refsan("cc", "-c", "a.c",
                           environment={"REFSAN_CC": "no-such-compiler"})
        self.assertEqual((done.returncode, done.stderr), (
            127, "refsan: there is no compiler no-such-compiler: set "
                 "REFSAN_CC\n"))

    def test_no_headers(self):
        package = self.folder / "bare/scripts/refsan"
        shutil.copytree(ROOT / "scripts/refsan", package)
        self.command = lambda *arguments: [sys.executable, str(package),
                                           *arguments]
        done = self.refsan("cc", "-c", "a.c")
        self.assertEqual(done.returncode, 2)
        self.assertIn("refsan is not installed whole", done.stderr)
        self.assertEqual(self.ask("cc", "--version"),
                         ["-from-cc", "--version"])

    def test_a_real_compiler(self):
        for name in "REFSAN_CC", "REFSAN_CXX":
            del self.environment[name]
        (self.folder / "a.c").write_text("int main(void) { return 0; }\n")
        done = self.refsan("cc", "a.c", "-o", "a")
        self.assertEqual((done.returncode, done.stdout, done.stderr),
                         (0, "", ""))
        self.assertTrue(os.access(self.folder / "a", os.X_OK))
        done = self.refsan("cc", "-c", "missing.c")
        self.assertNotEqual(done.returncode, 0)
        self.assertIn("missing.c", done.stderr)


if __name__ == "__main__":
    unittest.main()
