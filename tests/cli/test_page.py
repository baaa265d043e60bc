# SPDX-License-Identifier: MIT
"""How wide a short report is, and in which colours."""

import os
import re
import unittest

from test_story import finding, lines

from refsan.reporting import colours, page
from refsan.reporting.page import Page
from refsan.reporting.story import story


class Widths(unittest.TestCase):
    def test_no_line_but_the_first_is_wider(self):
        long = finding(hint="words (and more) " * 60, test="t" * 30)
        long["stacks"][0]["frames"] *= 30
        long["object"]["type"] = "x" * 250
        for width in 40, 80, 120, 160:
            for found in finding(), long:
                for line in lines(found, width=width)[1:]:
                    if not line.startswith("    at "):
                        self.assertLessEqual(page.columns(line), width, line)

    def test_wide_and_combining_characters(self):
        self.assertEqual(page.columns("名前é" + "e\u0301"), 6)
        self.assertEqual(page.cut("名前名前", 6), "名前…")

    def test_fixes_end_with_a_clause(self):
        """Not within brackets, and only if something is left."""
        for words, rows in (
                ("aa bb, cc; dd ee ff gg", ["aa bb,", "cc …"]),
                ("aa (bb, cc dd) ee ff gg", ["aa (bb,", "cc …"]),
                ("aa, bb cc dd ee ff gg", ["aa, bb", "cc dd …"]),
                ("aa bb, cc dd", ["aa bb,", "cc dd"])):
            self.assertEqual(page.wrap(words, 7, 2), rows)

    def test_of_a_file(self):
        for columns, width in (("120", 120), ("5", page.NARROWEST),
                               ("9999", page.WIDEST), ("x", 80), ("", 80),
                               ("-1", 80)):
            os.environ["COLUMNS"] = columns
            self.assertEqual(page.for_file(None).width, width)
        del os.environ["COLUMNS"]


class Colours(unittest.TestCase):
    def test_wants(self):
        class Terminal:
            @staticmethod
            def isatty():
                return True

        before = dict(os.environ)
        for variables, option, terminal, none in (
                ({}, "auto", True, False), ({}, "always", True, True),
                ({}, "never", False, False),
                ({"NO_COLOR": "1"}, "auto", False, False),
                ({"NO_COLOR": ""}, "auto", True, False),
                ({"NO_COLOR": "1"}, "always", True, True),
                ({"FORCE_COLOR": "1"}, "auto", True, True),
                ({"FORCE_COLOR": "0"}, "auto", True, False),
                ({"FORCE_COLOR": "1"}, "never", False, False),
                ({"FORCE_COLOR": "1", "NO_COLOR": "1"}, "auto", False, False),
                ({"TERM": "dumb"}, "auto", False, False)):
            os.environ.clear()
            os.environ.update(variables)
            with self.subTest((variables, option)):
                self.assertEqual((colours.wants(option, Terminal),
                                  colours.wants(option, None)),
                                 (terminal, none))
        os.environ.clear()
        os.environ.update(before)

    def test_colours_change_no_word(self):
        painted = story(finding(), Page(cwd="/project", is_coloured=True))
        self.assertIn("\033[1;31merror: \033[0m", painted)
        self.assertEqual(re.sub("\033\\[[\\d;]*m", "", painted),
                         story(finding(), Page(cwd="/project")))


if __name__ == "__main__":
    unittest.main()
