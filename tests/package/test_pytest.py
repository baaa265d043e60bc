# SPDX-License-Identifier: MIT
"""`pytest --refsan` with the wheel installed, on a default and a free-threaded
build: alone, and with the plugins that people use. pytest and the plugins come
from PyPI."""

import pathlib
import shutil
import unittest
import xml.etree.ElementTree

import support
from support import interpreters

FOLDER = pathlib.Path("pytest").resolve()
PACKAGES = ("pytest", "pytest-xdist", "pytest-run-parallel", "pytest-timeout",
            "pytest-asyncio")
TESTS = """
import asyncio, subprocess, sys
import pytest
import t

def test_good():
    pass

def test_bad():
    print("words of the test")
    t.keep([])

@pytest.mark.refsan_allow("refop-detached")
def test_allowed():
    t.keep([])

@pytest.fixture
def prepared():
    t.keep([])

class TestIn:
    def test_fixture(self, prepared):
        pass
"""
CHILD = """
import subprocess, sys
def test_child():
    subprocess.run([sys.executable, "-c", "import t; t.keep([])"])
"""
ASYNC = """
import pytest, t
@pytest.mark.asyncio
@pytest.mark.timeout(100)
async def test_async():
    t.keep([])
"""
CRASH = """
import ctypes
def test_before(): pass
def test_dies(): ctypes.string_at(8)
def test_after(): pass
"""
TITLE = ("refop-detached-allow-threads.c:49: error: list counted without an "
         "attached thread state [refop-detached]")


class Plugin(support.PackageTest):
    environments = []

    @classmethod
    def setUpClass(cls):
        found = {python.label: python
                 for python in reversed(interpreters.find().values())
                 if python.version >= (3, 13)}
        for label, python in found.items():
            made = support.Environment(python.path, FOLDER / label, *PACKAGES)
            project = support.build_bug(python, FOLDER / f"project-{label}")
            for name, text in (("test_all", TESTS), ("test_child", CHILD),
                               ("test_async", ASYNC), ("test_crash", CRASH)):
                (project / f"{name}.py").write_text(text)
            (project / "pytest.ini").write_text("[pytest]\n")
            cls.environments.append((label, made, project))

    def pytest(self, *arguments, status, **environment):
        """(label, what was said) of each environment."""
        for label, made, project in self.environments:
            shutil.rmtree(project / "__pycache__", ignore_errors=True)
            with self.subTest(label, arguments=arguments):
                said = support.call(
                    made.python, "-W", "ignore", "-m", "pytest", "-p",
                    "no:cacheprovider", *arguments, status=status, cwd=project,
                    env={"PATH": f"{made.folder}/bin:/usr/bin:/bin",
                         "PYTHONPATH": str(project), **environment})
                yield said

    def test_a_test_fails_for_what_it_causes(self):
        for said in self.pytest("--refsan", "test_all.py", status=1):
            self.assertEqual(said.count("starts again under"), 1)
            self.assertIn("___ test_bad ___", said)
            self.assertIn(TITLE, said)
            self.assertIn("words of the test", said)
            self.assertRegex(said, r"= 1 failed, 3 passed in ")
            # Once, where pytest shows it.
            self.assertEqual(said.count("  49 | Py_IncRef"), 1)
            self.assertIn("1 silenced", said)

    def test_a_fixture(self):
        for said in self.pytest("--refsan", "test_all.py::TestIn", status=1):
            self.assertIn("ERROR at setup of TestIn.test_fixture", said)
            self.assertIn(TITLE, said)

    def test_nothing_wrong(self):
        for said in self.pytest("--refsan", "test_all.py::test_good",
                                "test_all.py::test_allowed", status=0):
            self.assertIn("2 passed", said)
            self.assertNotIn("= refsan =", said)
            self.assertIn("0 errors, 0 warnings, 1 silenced", said)

    def test_warn(self):
        for said in self.pytest("--refsan=warn", "test_all.py", status=0):
            self.assertIn("= refsan =", said)
            self.assertIn("test_all.py::test_bad: ", said)
            self.assertIn("4 passed", said)

    def test_off_and_without(self):
        for arguments in ("--refsan=off",), ():
            for said in self.pytest(*arguments, "test_all.py", status=0):
                self.assertNotIn("refsan: ", said)

    def test_ini_file(self):
        for said in self.pytest("-o", "refsan=error", "-o",
                                "refsan_allow=refop-detached", "test_all.py",
                                status=0):
            self.assertIn("4 passed", said)
        for said in self.pytest("-o", "refsan=loud", "test_all.py", status=4):
            self.assertIn("refsan = loud: it is one of error, warn, off", said)
        for said in self.pytest("--refsan", "-o", "refsan_allow=nonsense",
                                "test_all.py", status=4):
            self.assertIn("refsan has no kind nonsense", said)

    def test_under_refsan_run(self):
        """It is not started again."""
        for label, made, project in self.environments:
            with self.subTest(label):
                said = made.refsan(
                    "run", "--", made.python, "-m", "pytest", "--refsan",
                    "test_all.py", cwd=project, status=1,
                    PYTHONPATH=str(project))
                self.assertNotIn("starts again", said)
                self.assertIn("1 failed, 3 passed", said)

    def test_a_process_of_the_test(self):
        for said in self.pytest("--refsan", "test_child.py", status=1):
            self.assertIn("___ test_child ___", said)
            self.assertIn(TITLE, said)

    def test_asyncio_and_timeout(self):
        for said in self.pytest("--refsan", "test_async.py", status=1):
            self.assertIn("___ test_async ___", said)

    def test_xdist(self):
        for said in self.pytest("--refsan", "-n2", "test_all.py", status=1):
            self.assertRegex(said, r"FAILED test_all.py::test_bad")
            self.assertIn("in 3 processes", said)

    def test_worker_crashes(self):
        for said in self.pytest("--refsan", "-n2", "test_crash.py", status=1):
            self.assertIn("crashed while running 'test_crash.py::test_dies'",
                          said)
            self.assertRegex(said, r"warning: the process crashed \[crash\]")
            self.assertIn("1 failed, 2 passed", said)

    def test_run_parallel(self):
        for said in self.pytest("--refsan", "--parallel-threads=4",
                                "test_all.py::test_bad", status=1):
            self.assertIn(TITLE, said)
            self.assertRegex(said, r"\n +4 +refop-detached|4 errors")

    def test_threads(self):
        for label, made, project in self.environments:
            with self.subTest(label):
                said = made.refsan(
                    "run", "--threads", "4", "--", made.python, "-m", "pytest",
                    "test_all.py::test_bad", cwd=project, status=66,
                    PYTHONPATH=str(project))
                self.assertIn("4 errors", said)
                said = made.refsan(
                    "run", "--threads", "4", "--", made.python, "-m", "pytest",
                    "-p", "no:run-parallel", "test_all.py::test_bad",
                    cwd=project, status=4, PYTHONPATH=str(project))
                self.assertIn("the package pytest-run-parallel has", said)

    def test_junit(self):
        for said in self.pytest("--refsan", "test_all.py",
                                f"--junitxml={FOLDER}/junit.xml", status=1):
            root = xml.etree.ElementTree.parse(FOLDER / "junit.xml").getroot()
            case, = root.findall(".//testcase[@name='test_bad']")
            found = case.find("properties/property[@name='refsan']")
            self.assertIn(TITLE, found.get("value"))
            self.assertIsNotNone(case.find("failure"))


if __name__ == "__main__":
    support.need(list(support.DISTRIBUTIONS.glob("*.whl")), "wheel")
    unittest.main()
