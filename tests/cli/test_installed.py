# SPDX-License-Identifier: MIT
"""The command as it is installed, with the real library and interpreter that
CTest names; it needs both."""

import os
import pathlib
import shutil
import sys
import unittest

from support import ROOT, RefsanTest

LIBRARY = os.environ.get("REFSAN_LIBRARY")
PYTHON = os.environ.get("PYTHON")
TABLES = ("runtime/bugs.def", "runtime/options.def", "runtime/lost.def",
          "interpose/symbols.def",
          "runtime/provide.def")


class Installed(RefsanTest):
    def setUp(self):
        """What `cmake --install` puts below a prefix (CMakeLists.txt)."""
        super().setUp()
        share = self.folder / "prefix/share/refsan"
        shutil.copytree(ROOT / "scripts/refsan_cli",
                        share / "scripts/refsan_cli")
        shutil.copy(ROOT / "scripts/tables.py", share / "scripts")
        for table in TABLES:
            (share / table).parent.mkdir(exist_ok=True)
            shutil.copy(ROOT / table, share / table)
        for folder, file in (("bin", ROOT / "scripts/refsan"),
                             ("lib/x86_64-linux-gnu", pathlib.Path(LIBRARY))):
            place = self.folder / "prefix" / folder
            place.mkdir(parents=True)
            shutil.copy(file, place)
        self.environment.pop("REFSAN_LIBRARY")

    def command(self, *arguments):
        return [sys.executable, str(self.folder / "prefix/bin/refsan"),
                *map(str, arguments)]

    def test_doctor(self):
        done = self.refsan("doctor", "--", PYTHON)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        self.assertIn("/prefix/lib/x86_64-linux-gnu/librefsan.so", done.stdout)
        self.assertIn("watched     yes, as CPython 3.", done.stdout)

    def test_doctor_without_a_python(self):
        done = self.refsan("doctor", "--", "true")
        self.assertEqual(done.returncode, 67)
        self.assertIn("true does not answer as a Python does", done.stderr)
        done = self.refsan("doctor", "--", "no-such-python")
        self.assertEqual(done.returncode, 127)

    def test_run(self):
        done = self.refsan("run", "--", PYTHON, "-c", "print('words')")
        self.assertEqual((done.returncode, done.stdout), (0, "words\n"))
        self.assertIn("refsan: 0 errors, 0 warnings in 1 process; ",
                      done.stderr)

    def test_run_what_ends_without_a_word(self):
        done = self.refsan("run", "--", PYTHON, "-c",
                           "import os; os._exit(0)")
        self.assertEqual(done.returncode, 0, done.stderr)

    def test_run_what_is_no_python(self):
        done = self.refsan("run", "--", "cat", "/dev/null")
        self.assertEqual(done.returncode, 67)
        self.assertIn("no Python ran in cat", done.stderr)

    def test_children_are_followed_or_not(self):
        child = (f"import subprocess; subprocess.run([{PYTHON!r}, '-c', ''], "
                 "check=True)")
        done = self.refsan("run", "--", PYTHON, "-c", child)
        self.assertIn(" in 2 processes; ", done.stderr)
        done = self.refsan("run", "--no-follow", "--", PYTHON, "-c", child)
        self.assertIn(" in 1 process; ", done.stderr)

    def test_reference(self):
        self.assertIn("exitcode=66", self.refsan("options").stdout)
        self.assertIn("count-underflow",
                      self.refsan("explain", "--all").stdout)


if __name__ == "__main__":
    if not (LIBRARY and PYTHON):
        print("wants REFSAN_LIBRARY and PYTHON")
        sys.exit(77)
    unittest.main()
