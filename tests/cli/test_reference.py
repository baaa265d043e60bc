# SPDX-License-Identifier: MIT
"""refsan explain, refsan options, --help and --version; how options are
read."""

import re
import unittest

from support import ROOT, RefsanTest

import tables
from refsan_cli import VERSION, options
from refsan_cli.mistake import Mistake


class Explain(RefsanTest):
    def test_every_kind(self):
        text = self.refsan("explain", "--all").stdout
        page = self.refsan("explain", "--all", "--markdown").stdout
        for slug, _, summary, why, hint in tables.bugs():
            self.assertEqual(self.refsan("explain", slug).returncode, 0)
            self.assertIn(f"\n## {slug}\n", page)
            self.assertIn(why, page)
            words = " ".join(text.split())
            for part in summary[1:], why, hint:
                self.assertIn(" ".join(part.split()), words)

    def test_mistakes(self):
        done = self.refsan("explain", "incref-after-zer")
        self.assertEqual(done.returncode, 2)
        self.assertIn("nearest is incref-after-zero", done.stderr)
        done = self.refsan("explain")
        self.assertEqual(done.returncode, 2)
        self.assertIn("count-underflow", done.stderr)


class Options(RefsanTest):
    def test_every_option(self):
        text = self.refsan("options").stdout
        page = self.refsan("options", "--markdown").stdout
        for _, name, default, *_, words in tables.options():
            self.assertIn(f"{name}={default}\n", text)
            self.assertIn(f"| `{name}` |", page)
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

    def test_version_is_the_projects(self):
        cmake = (ROOT / "CMakeLists.txt").read_text()
        self.assertEqual(re.search(r"project\(\w+ VERSION ([\d.]+)", cmake)[1],
                         VERSION)
        self.assertEqual(self.refsan("--version").stdout,
                         f"refsan {VERSION}\n")


class Syntax(unittest.TestCase):
    def test_parse(self):
        for text, values in {
                "": {},
                "a=1:b=2": {"a": "1", "b": "2"},
                "a=1::a=2:": {"a": "2"},
                "a='x:y':b=\"z\"": {"a": "x:y", "b": "z"},
                "a='x'junk:b=1": {"a": "x", "b": "1"},
                "a=x=y": {"a": "x=y"},
                "a:b=": {"a": "", "b": ""}}.items():
            with self.subTest(text):
                self.assertEqual(options.parse(text), values)

    def test_join(self):
        self.assertEqual(options.join(None, []), "")
        self.assertEqual(options.join("a=1", [("b", "x:y")]), "a=1:b='x:y'")
        self.assertEqual(options.parse(options.join("", [("b", "it's:so")])),
                         {"b": "it's:so"})
        with self.assertRaises(Mistake):
            options.join("", [("b", "\"it's\":so")])

    def test_bad_values_are_the_defaults(self):
        self.assertEqual(options.Options("exitcode=x").exitcode, 66)
        self.assertEqual(options.Options("exitcode=256").exitcode, 66)
        self.assertEqual(options.Options("exitcode=7").exitcode, 7)

    def test_expand(self):
        self.assertEqual(options.expand("/a/%e.%p.%%.%x", 12, "python"),
                         "/a/python.12.%.%x")


if __name__ == "__main__":
    unittest.main()
