# SPDX-License-Identifier: MIT
"""`pip install` of the wheel into an empty virtual environment of every Python
that is here, moved, with spaces in its path: the first steps of a user, with
nothing else on PATH, neither a compiler nor the source."""

import os
import pathlib
import unittest

import support
from support import interpreters

FOLDER = pathlib.Path("environments a b").resolve()
# Too old to be watched: only the command runs there.
OLD = "3.9", "3.10", "3.11"

def old_pythons():
    root = pathlib.Path(os.environ.get("PYENV_ROOT", "~/.pyenv")).expanduser()
    for version in OLD:
        for path in sorted(root.glob(f"versions/{version}.*/bin/python3"))[:1]:
            yield f"python{version}", path


class Wheel(support.PackageTest):
    def install(self, python, name):
        made = support.Environment(python, FOLDER / "first" / name)
        FOLDER.mkdir(exist_ok=True)
        made.move(FOLDER / name)
        return made

    def check_report(self, made, python, bug):
        """Without llvm-symbolizer and addr2line a report has no lines, and
        says so; with one it begins with the place."""
        program = bug / "program.py"
        said = made.refsan("run", "--", python, program, cwd=bug, status=66)
        self.assertIn("no llvm-symbolizer or addr2line on PATH", said)
        self.assertRegex(said, r"(?m)^t\.so\+0x\w+: error: list counted "
                         r"without an attached thread state")
        self.assertRegex(said, r"(?m)^refsan: 1 error, 0 warnings in 1 process;"
                         r" stock tier on CPython 3\.")
        said = made.refsan("run", "--", python, program, cwd=bug, status=66,
                           path=os.environ["PATH"])
        self.assertRegex(said, support.FIRST_LINE)

    def check_command(self, made):
        version = made.refsan("--version")
        self.assertRegex(version, r"^refsan \d+\.\d+")
        self.assertEqual(support.call(made.python, "-m", "refsan",
                                      "--version"), version)
        self.assertIn("What can go wrong", made.refsan("explain",
                                                       "slot-race"))
        said = made.refsan("cc", "-c", "a.c", REFSAN_CC="echo",
                           path=os.environ["PATH"])
        self.assertIn(f"{made.folder}/lib", said)
        self.assertIn("/refsan/include/refsan/instrument ", said)

    def test_every_python(self):
        for name, python in interpreters.find().items():
            with self.subTest(name):
                made = self.install(python.path, name)
                bug = support.build_bug(python, FOLDER / "bugs" / name)
                self.check_command(made)
                self.check_report(made, made.python, bug)
                self.assertIn("watched     yes", made.refsan(
                    "doctor", "--", made.python))

    def test_old_pythons(self):
        """The command, for a program of another Python."""
        watched = support.need(
            list(interpreters.find().values()), "Python to watch")[0]
        bug = support.build_bug(watched, FOLDER / "bugs/old")
        for name, python in old_pythons():
            with self.subTest(name):
                made = self.install(python, name)
                self.check_command(made)
                self.check_report(made, watched.path, bug)
                said = made.refsan("run", "--", made.python, "-c", "",
                                   status=67)
                self.assertIn("refsan: ", said)

    def test_by_a_link(self):
        """As pipx makes one."""
        python = next(iter(interpreters.find().values()))
        made = self.install(python.path, "linked")
        (FOLDER / "links").mkdir(exist_ok=True)
        link = FOLDER / "links/refsan"
        link.unlink(missing_ok=True)
        link.symlink_to(made.folder / "bin/refsan")
        said = support.call(link, "--version", env={"PATH":
                                                    os.environ["PATH"]})
        self.assertRegex(said, r"^refsan \d")

    def test_package_was_removed(self):
        python = next(iter(interpreters.find().values()))
        made = self.install(python.path, "removed")
        package, = made.folder.glob("lib/python*/site-packages/refsan")
        package.rename(package.with_name("elsewhere"))
        self.assertEqual(
            made.refsan("--version", status=1),
            f"refsan: its package is not beside {made.folder}/bin: install it "
            "again\n")


if __name__ == "__main__":
    support.need(list(support.DISTRIBUTIONS.glob("*.whl")), "wheel")
    unittest.main()
