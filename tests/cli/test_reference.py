# SPDX-License-Identifier: MIT
"""refsan explain, refsan options, --help and --version; how options are
read."""

import fcntl
import os
import re
import shutil
import struct
import subprocess
import sys
import termios
import tomllib
import unittest

from support import ROOT, RefsanTest

import examples
from refsan import options, tables
from refsan.mistake import Mistake


class Explain(RefsanTest):
    def on_terminal(self, *arguments, columns, **variables):
        """What the command prints on a terminal so wide."""
        ours, its = os.openpty()
        fcntl.ioctl(its, termios.TIOCSWINSZ,
                    struct.pack("HHHH", 24, columns, 0, 0))
        environment = {**self.environment, "TERM": "xterm", **variables}
        environment.pop("COLUMNS", None)
        environment.pop("NO_COLOR", None)
        child = subprocess.Popen(self.command(*arguments), stdout=its,
                                 env=environment)
        os.close(its)
        said = b""
        try:
            while block := os.read(ours, 4096):
                said += block
        except OSError:  # EIO: nobody has the other side any more
            pass
        os.close(ours)
        self.assertEqual(child.wait(), 0)
        return said.decode().replace("\r\n", "\n")

    def test_every_kind(self):
        text = self.refsan("explain", "--all").stdout
        page = self.refsan("explain", "--all", "--markdown").stdout
        for kind in tables.bugs():
            self.assertIn(f"\n## {kind.slug}\n", page)
            self.assertIn(kind.why, page)
            words = " ".join(text.split())
            for part in kind.summary[1:], kind.why[1:], kind.hint[1:]:
                self.assertIn(" ".join(part.split()), words)

    def test_examples(self):
        """Every kind has a mistake, a cure, and a line that is reported."""
        every = self.refsan("explain", "--all").stdout
        for kind in tables.bugs():
            with self.subTest(kind.slug):
                said = re.search(rf"(?ms)^{kind.slug} \((?:error|warning)\)$"
                                 r".*?(?=\n\n\S+ \(|\Z)", every)[0]
                self.assertRegex(said, r"(?m)^[-+] +\S")
                self.assertEqual(said.count("// <- reported"), 1)
                self.assertNotIn("FIXED", said.partition("\n- the mis")[2])
                self.assertNotIn("// @", said)
        said = self.refsan("explain", "decref-after-zero").stdout
        self.assertIn("      Py_DecRef(result);\n"
                      "-     Py_DecRef(result);  // <- reported\n", said)

    def test_list(self):
        done = self.refsan("explain")
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        self.assertEqual([line.split()[0] for line in
                          done.stdout.splitlines()],
                         [kind.slug for kind in tables.bugs()])
        for line, kind in zip(done.stdout.splitlines(), tables.bugs()):
            self.assertTrue(line.endswith(kind.summary), line)

    def test_width_and_colours(self):
        """As wide as the terminal; colours only there, and not in a dumb
        one."""
        for columns in 60, 80, 90:
            for arguments in ("explain", "leak"), ("explain",):
                said = self.on_terminal(*arguments, columns=columns)
                plain = re.sub("\033\\[[0-9;]*m", "", said)
                prose = plain.partition("\n- the mistake")[0]
                widths = [len(line) for line in prose.splitlines()]
                self.assertLessEqual(max(widths), columns)
                self.assertGreater(max(widths), columns - 15)
        said = self.on_terminal("explain", "leak", columns=80)
        self.assertIn("\033[1;31mleak (error)\033[0m\n", said)
        self.assertIn("\033[32m+     Py_XDECREF(words);\033[0m\n", said)
        for plain in (self.on_terminal("explain", "leak", columns=80,
                                       TERM="dumb"),
                      self.refsan("explain", "leak").stdout):
            self.assertNotIn("\033", plain)
            self.assertIn("\n+     Py_XDECREF(words);\n", plain)

    def test_a_narrow_alphabet(self):
        done = self.refsan("explain", "--all",
                           environment={"PYTHONIOENCODING": "ascii"})
        self.assertEqual((done.returncode, done.stderr), (0, ""))

    def test_mistakes(self):
        done = self.refsan("explain", "incref-after-zer")
        self.assertEqual((done.returncode, done.stdout, done.stderr), (
            2, "", "refsan: there is no kind incref-after-zer; did you mean "
                   "'incref-after-zero'?\n"))
        done = self.refsan("explain", "weather")
        self.assertEqual((done.returncode, done.stdout, done.stderr), (
            2, "", "refsan: there is no kind weather; refsan explain lists "
                   "them\n"))

    def test_without_examples(self):
        """A build that was not finished."""
        tables_file = shutil.copy(self.environment["REFSAN_TABLES"],
                                  self.folder / "tables.json")
        done = self.refsan("explain", "leak",
                           environment={"REFSAN_TABLES": tables_file})
        self.assertEqual((done.returncode, done.stdout, done.stderr), (
            2, "", "refsan: examples.json is not beside tables.json: build "
                   "refsan first\n"))


class Variants(unittest.TestCase):
    def test_conditions(self):
        lines = ["a", "#ifdef FIXED", "b", "#ifdef X", "c", "#else", "d",
                 "#endif", "#else", "e", "#endif", "#if Y", "#ifndef FIXED",
                 "f", "#endif", "#endif", "g"]
        self.assertEqual(
            [mark + line for mark, line in
             examples.variants("\n".join(lines))],
            [" a", "+b", "+#ifdef X", "+c", "+#else", "+d", "+#endif", "-e",
             " #if Y", "-f", " #endif", " g"])


class Options(RefsanTest):
    def test_every_option(self):
        text = self.refsan("options").stdout
        page = self.refsan("options", "--markdown").stdout
        for option in tables.options():
            self.assertIn(f"\n{option.name}=", "\n" + text)
            self.assertIn(f"| `{option.name}` |", page)
        for line in "exitcode=66", "summary=1", "color=auto", "log_path=":
            self.assertIn(f"{line}\n", text)
        self.assertEqual(page.count("\n| `"), len(tables.options()))


class Help(RefsanTest):
    def test_every_command(self):
        top = self.refsan("--help")
        self.assertEqual(top.returncode, 0)
        for command in "run", "doctor", "symbolize", "explain", "options":
            self.assertIn(f"\n    {command}", top.stdout)
            done = self.refsan(command, "--help")
            self.assertEqual(done.returncode, 0)
            self.assertIn(f"usage: refsan {command}", done.stdout)

    def test_version(self):
        """It is CMakeLists.txt's; the package's metadata find it there."""
        text = (ROOT / "pyproject.toml").read_text()
        rule = tomllib.loads(text)["tool"]["scikit-build"]["metadata"]
        found = re.search(rule["version"]["regex"],
                          (ROOT / rule["version"]["input"]).read_text())
        self.assertRegex(
            self.refsan("--version").stdout,
            rf"^refsan {re.escape(found['value'])}\n"
            r"runtime  \w+, \w+, (gcc|clang|Clang|Debian).* [\d.]+.*, "
            r"libunwind (shared|linked in); for CPython 3\.12 to 3\.15\n"
            r"command  Python 3\.\d+\.\S+, /\S+\n$")

    def test_what_is_not_built_says_so(self):
        package = self.folder / "bare/scripts/refsan"
        shutil.copytree(ROOT / "scripts/refsan", package)
        self.environment.pop("REFSAN_TABLES", None)
        self.command = lambda *arguments: [sys.executable, str(package),
                                           *arguments]
        for arguments in ["--version"], ["options"], ["run", "--", "true"]:
            done = self.refsan(*arguments)
            self.assertEqual((done.returncode, done.stderr), (
                2, "refsan: tables.json is not here: build refsan first, or "
                   "set REFSAN_TABLES\n"))
        self.assertEqual(self.refsan("--help").returncode, 0)


class Syntax(unittest.TestCase):
    def test_join(self):
        self.assertEqual(options.join(None, []), "")
        self.assertEqual(options.join("a=1", [("b", "x:y")]), "a=1:b='x:y'")
        self.assertEqual(options.join("", [("b", "it's:so")]),
                         "b=\"it's:so\"")
        with self.assertRaises(Mistake):
            options.join("", [("b", "\"it's\":so")])

    def test_what_nobody_said_is_the_default(self):
        values = options.values({"exitcode": 7})
        self.assertEqual((values.exitcode, values.color, values.summary),
                         (7, "auto", True))

    def test_expand(self):
        self.assertEqual(options.expand("/a/%e.%p.%%.%x", 12, "python"),
                         "/a/python.12.%.%x")


if __name__ == "__main__":
    unittest.main()
