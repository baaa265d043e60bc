# SPDX-License-Identifier: MIT
"""The command as `cmake --install` installs it, with the interpreter and of
the build that CTest names."""

import os
import subprocess
import sys
import tempfile
import unittest

from support import ROOT, RefsanTest

PYTHON = os.environ.get("PYTHON")
CMAKE = os.environ.get("CMAKE")
BUILD = os.environ.get("REFSAN_BUILD")


class Installed(RefsanTest):
    @classmethod
    def setUpClass(cls):
        """Installs, then moves what was installed."""
        folder = tempfile.TemporaryDirectory(prefix="refsan a b ")
        cls.addClassCleanup(folder.cleanup)
        cls.prefix = f"{folder.name}/prefix"
        subprocess.run([CMAKE, "--install", BUILD, "--prefix",
                        f"{folder.name}/first"], check=True,
                       stdout=subprocess.DEVNULL)
        os.rename(f"{folder.name}/first", cls.prefix)

    def setUp(self):
        super().setUp()
        del self.environment["REFSAN_LIBRARY"]
        self.environment.pop("REFSAN_TABLES", None)

    def command(self, *arguments):
        return [f"{self.prefix}/bin/refsan", *map(str, arguments)]

    def test_doctor(self):
        done = self.refsan("doctor", "--", PYTHON)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        self.assertRegex(done.stdout, rf"(?m)^refsan [\d.]+: {self.prefix}"
                         r"/lib\S*/librefsan.so$")
        self.assertIn("watched     yes, as CPython 3.", done.stdout)

    def test_doctor_of_a_package(self):
        done = self.refsan("doctor", "-m", "json", "--python", PYTHON)
        self.assertEqual((done.returncode, done.stderr), (
            67, "refsan: json has no extension modules: there is nothing for "
                "refsan to watch in it\n"))

    def test_doctor_without_a_python(self):
        done = self.refsan("doctor", "--", "true")
        self.assertEqual(done.returncode, 67)
        self.assertIn("true does not answer as a Python does", done.stderr)
        done = self.refsan("doctor", "--", "no-such-python")
        self.assertEqual(done.returncode, 127)

    def test_triage(self):
        """With the page's script and style."""
        log = ROOT / "tests/fuzz/seeds/triage/tsan.log"
        done = self.refsan("triage", log, "--format", "html")
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        self.assertIn('"use strict"', done.stdout)
        self.assertIn("color-scheme", done.stdout)

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
        self.assertIn("count-underflow", self.refsan("explain").stdout)

    def test_explain(self):
        """Nothing of it comes from the source tree."""
        done = self.refsan("explain", "slot-race")
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        for words in ("What can go wrong", "PyList_SetItem", "// <- reported",
                      "- the mistake, + the cure"):
            self.assertIn(words, done.stdout)
        done = self.refsan("explain", "slot-rac")
        self.assertEqual((done.returncode, done.stderr), (
            2, "refsan: there is no kind slot-rac; did you mean "
               "'slot-race'?\n"))

    def test_what_is_with_it(self):
        """The known findings, and compiled modules: who runs it may not write
        there."""
        done = self.refsan("run", "--", PYTHON, "-c", "import os\n"
                           "print(os.environ['REFSAN_KNOWN'])")
        path = done.stdout.strip()
        self.assertEqual(path, f"{self.prefix}/share/refsan/known.supp")
        self.assertTrue(os.path.isfile(path))
        package = f"{self.prefix}/share/refsan/refsan"
        self.assertTrue(os.listdir(f"{package}/starting/__pycache__"))

    def test_compile(self):
        """The headers are the installed ones."""
        done = self.refsan("cc", "-c", "a.c",
                           environment={"REFSAN_CC": "echo"})
        self.assertEqual(
            done.stdout, f"-I{self.prefix}/include/refsan/instrument "
            "-fno-omit-frame-pointer -c a.c\n")

    def test_by_a_link(self):
        os.symlink(f"{self.prefix}/bin/refsan", self.folder / "refsan")
        self.command = lambda *arguments: [str(self.folder / "refsan"),
                                           *arguments]
        self.assertIn("exitcode=66", self.refsan("options").stdout)


if __name__ == "__main__":
    if not (PYTHON and CMAKE and BUILD):
        print("wants PYTHON, CMAKE and REFSAN_BUILD")
        sys.exit(77)
    unittest.main()
