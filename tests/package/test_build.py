# SPDX-License-Identifier: MIT
"""Builds the wheel and the source distribution, for the other tests here; and
looks at what is in them."""

import os
import pathlib
import shutil
import subprocess
import sys
import tarfile
import unittest
import zipfile

import support
from support import ROOT


class Build(support.PackageTest):
    def test_wheel(self):
        """For all Pythons from 3.9 on; what it needs of the system is in its
        tag; nothing but what users need."""
        self.assertRegex(
            support.wheel().name,
            r"^refsan-[\d.]+-py3-none-manylinux_2_\d\d_\w+\.whl$")
        with zipfile.ZipFile(support.wheel()) as archive:
            names = archive.namelist()
            metadata, = (archive.read(name).decode() for name in names
                         if name.endswith("/METADATA"))
        self.assertIn("\nRequires-Python: >=3.9\n", metadata)
        self.assertNotIn("\nRequires-Dist:", metadata)
        for name in ("refsan/include/refsan/instrument/Python.h",
                     "refsan/lib/librefsan_embedded.so",
                     "refsan/share/refsan/known.supp", "refsan/tables.json",
                     "refsan/examples.json"):
            self.assertIn(name, names)
        self.assertFalse([name for name in names
                          if "__pycache__" in name or "tests/" in name])

    def test_library(self):
        """libunwind is in it, and nobody sees that."""
        with zipfile.ZipFile(support.wheel()) as archive:
            library = archive.extract("refsan/lib/librefsan.so")
        dynamic = support.call("readelf", "-dW", library)
        self.assertNotIn("libunwind", dynamic)
        self.assertNotIn("RUNPATH", dynamic)
        symbols = support.call("nm", "-D", "--defined-only", library)
        exported = {line.split()[-1] for line in symbols.splitlines()}
        expected = pathlib.Path(os.environ["REFSAN_EXPORTS"]).read_text()
        self.assertLessEqual(exported, {
            word.rstrip(";") for word in expected.split()})
        self.assertIn("refsan_abi_1", exported)

    def test_source(self):
        """Whole, and without what was built here."""
        with tarfile.open(support.sdist()) as archive:
            names = {name.partition("/")[2] for name in archive.getnames()}
        self.assertFalse({"CMakeLists.txt", "runtime/bugs.def", "README.md",
                          "scripts/refsan/main.py", "tests/unit/unit.h"}
                         - names)
        self.assertFalse([name for name in names
                          if name.startswith(("build/", ".refsan/", "dist/"))])


def build():
    folder = support.DISTRIBUTIONS
    shutil.rmtree(folder, ignore_errors=True)
    commands = ([ROOT / "scripts/wheel", folder],
                [sys.executable, "-m", "pip", "download", "-q", "--no-deps",
                 "--disable-pip-version-check", "pip", "-d", folder / "pip"])
    for command in commands:
        done = subprocess.run(command, text=True, capture_output=True,
                              timeout=1500, check=False)
        if done.returncode:
            # Without a network there is no wheel; the tests say so.
            print(f"no wheel could be built here:\n{done.stderr}")
            sys.exit(77 if "the build failed" not in done.stderr else 1)


if __name__ == "__main__":
    build()
    unittest.main()
