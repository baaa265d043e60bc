# SPDX-License-Identifier: MIT
"""What scripts/detection makes of a run, and what its page counts."""

import importlib.machinery
import importlib.util
import pathlib
import sys
import unittest

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
sys.path[:0] = [str(ROOT / "scripts"), str(ROOT / "tests")]

import detection_page as page  # noqa: E402

LOADER = importlib.machinery.SourceFileLoader(
    "detection", str(ROOT / "scripts/detection"))
detection = importlib.util.module_from_spec(
    importlib.util.spec_from_loader("detection", LOADER))
LOADER.exec_module(detection)


class Outcomes(unittest.TestCase):
    def test_of_a_run(self):
        for status, text, words in [
                (0, "", "silent"), (None, "", "hangs"),
                (-11, "", "SIGSEGV, no word"),
                (3, "", "exit status 3, no word"),
                (0, "odd\n", "said: odd"),
                (0, "==\nWARNING: ThreadSanitizer: data race (pid=1)\n",
                 "TSan: data race"),
                (1, "ThreadSanitizer:DEADLYSIGNAL\n"
                 "==1==ERROR: ThreadSanitizer: SEGV on unknown address\n",
                 "TSan: SEGV"),
                (-6, "python: Objects/f.c:1: free_it: Assertion `n >= 0' "
                 "failed.\n", "SIGABRT, assertion: n >= 0, in free_it"),
                (-6, "free(): invalid pointer\n",
                 "SIGABRT, malloc: free(): invalid pointer"),
                (-6, "Fatal Python error: /a/b.c: at 0x7f12\n",
                 "SIGABRT, fatal error: b.c: at 0x…"),
                (1, "Traceback (most recent call last):\n  File x\n"
                 "AssertionError: no\n", "wrong answer: AssertionError: no")]:
            with self.subTest(text or status):
                self.assertEqual(detection.outcome(status, text), words)


class Page(unittest.TestCase):
    def test_words_say_how_often(self):
        self.assertEqual(page.words_of({"bug": {"a": 3}}), "a")
        self.assertEqual(page.words_of({"bug": {"a": 2, "b|c": 1}}),
                         "a (2 of 3), b\\|c (1 of 3)")

    def test_cell_joins_interpreters_that_agree(self):
        silent, loud = {"bug": {"silent": 3}}, {"bug": {"SIGSEGV": 3}}
        self.assertEqual(page.cell({}), "–")
        self.assertEqual(page.cell({"python3.15": silent,
                                    "python3.15t": silent}), "silent")
        self.assertEqual(
            page.cell({"python3.15": loud, "python3.14t": silent,
                       "python3.15t": silent}),
            "3.15: SIGSEGV<br>3.14t, 3.15t: silent")

    def test_what_the_cure_says_is_not_counted(self):
        row = {"bug": {"TSan: data race": 3}, "fixed": {"TSan: data race": 3}}
        self.assertEqual(page.reports(row), (False, False))
        self.assertIn("also when fixed", page.words_of(row))

    def test_who_notices(self):
        rows = {"silent": (0, 0, 0, 0), "hangs": (0, 1, 0, 0),
                "SIGSEGV, no word": (1, 1, 1, 0), "said: x": (0, 1, 1, 0),
                "TSan: data race": (0, 1, 1, 1)}
        askers = (page.crashes, page.shows, page.stops_or_speaks,
                  page.reports)
        for words, wanted in rows.items():
            for ask, is_it in zip(askers, wanted):
                with self.subTest(words, ask=ask.__name__):
                    self.assertEqual(ask({"bug": {words: 3}}),
                                     (bool(is_it), bool(is_it)))
        self.assertEqual(page.crashes({"bug": {"silent": 2, "SIGSEGV": 1}}),
                         (True, False))


if __name__ == "__main__":
    unittest.main()
