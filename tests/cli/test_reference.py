# SPDX-License-Identifier: MIT
"""refsan explain, refsan options, --help and --version; how options are
read."""

import re
import shutil
import sys
import tomllib
import unittest

from support import ROOT, RefsanTest

from refsan import options, tables
from refsan.mistake import Mistake


class Explain(RefsanTest):
    def test_every_kind(self):
        text = self.refsan("explain", "--all").stdout
        page = self.refsan("explain", "--all", "--markdown").stdout
        for kind in tables.bugs():
            self.assertEqual(self.refsan("explain", kind.slug).returncode, 0)
            self.assertIn(f"\n## {kind.slug}\n", page)
            self.assertIn(kind.why, page)
            words = " ".join(text.split())
            for part in kind.summary[1:], kind.why, kind.hint:
                self.assertIn(" ".join(part.split()), words)

    def test_mistakes(self):
        done = self.refsan("explain", "incref-after-zer")
        self.assertEqual(done.returncode, 2)
        self.assertIn("did you mean 'incref-after-zero'?", done.stderr)
        done = self.refsan("explain")
        self.assertEqual(done.returncode, 2)
        self.assertIn("count-underflow", done.stderr)


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
        self.assertEqual(self.refsan("--version").stdout,
                         f"refsan {found['value']}\n")

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
