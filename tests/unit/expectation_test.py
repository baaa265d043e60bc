# SPDX-License-Identifier: MIT
"""The comparison behind bugs/ and quiet/ accepts the right report, and
rejects each wrong one."""

import dataclasses
import pathlib
import sys
import tempfile
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))

import expectation  # noqa: E402
import interpreters  # noqa: E402
import stories  # noqa: E402

FT = interpreters.Interpreter("python3.15t", "/x", (3, 15, 2), True, False,
                              False, (), True)
GIL = dataclasses.replace(FT, name="python3.12", version=(3, 12, 1),
                          is_free_threaded=False)

SOURCE = """\
/* SPDX-License-Identifier: MIT */
/* decref-after-zero: released twice.
 *
 * Some prose.
 *
 * needs: >=3.12
 * run:
 *   import t
 *   if t:
 *       t.f([])  # @call
 * exit: 66
 * exit[ft]: SIGSEGV
 * report[ft,>=3.15]:
 *   refsan: decref-after-zero: free-threaded
 * report:
 *   refsan: decref-after-zero: some sentence
 *     object  ADDR  <object>
 *     released by
 *       #0 f  here.c:@release
 *       ...
 *       #3 <module>  run.py:@call
 *   read  ... tail
 */
int f(void)
{
    return 1; // @release
}
"""

REPORT = """\
noise
refsan: decref-after-zero: some sentence
  object  0x7f00  <object>
  released by
    #0 f  here.c:26
    #1 g  x.c:1
    #2 h  x.c:2
    #3 <module>  run.py:3
read  the long tail

refsan: 1 error
"""


STORY = """
/tmp/x/here.c:26: error: list released twice [decref-after-zero]
  decref, main thread
    26 | return 1; // @release
         f < run.py:2
  object    <list> 0x7f1234567890
"""
STORY_WANTED = """\
here.c:@release: error: list released twice [decref-after-zero]
  decref, main thread
    NUM | return 1; // @release
         f < run.py:@call
  ..."""


def expect(text, suffix=".c"):
    with tempfile.NamedTemporaryFile("w", suffix=suffix) as file:
        file.write(text)
        file.flush()
        return expectation.Expectation(file.name)


class Reading(unittest.TestCase):
    def setUp(self):
        self.block = expect(SOURCE)

    def test_title(self):
        self.assertEqual(self.block.title,
                         "decref-after-zero: released twice.")

    def test_program_keeps_its_indentation(self):
        self.assertEqual(self.block.get("run", GIL),
                         "import t\nif t:\n    t.f([])  # @call")

    def test_condition_decides(self):
        self.assertEqual(self.block.get("exit", GIL), "66")
        self.assertEqual(self.block.get("exit", FT), "SIGSEGV")
        self.assertIn("free-threaded", self.block.get("report", FT))
        self.assertIn("some sentence", self.block.get("report", GIL))

    def test_marks_of_both_files(self):
        marks = self.block.marks(self.block.get("run", GIL))
        self.assertEqual(marks, {"release": 26, "call": 3})

    def test_python_file(self):
        block = expect("# SPDX-License-Identifier: MIT\n"
                       "# threads: all fine.\n#\n# needs: ft\nimport t\n",
                       ".py")
        self.assertEqual(block.title, "threads: all fine.")
        self.assertTrue(block.is_for(FT))
        self.assertFalse(block.is_for(GIL))

    def test_abi3_excludes_free_threaded(self):
        block = expect(SOURCE.replace("needs: >=3.12", "needs: >=3.12 abi3"))
        self.assertTrue(block.is_abi3)
        self.assertTrue(block.is_for(GIL))
        self.assertFalse(block.is_for(FT))

    def test_threads(self):
        self.assertEqual(self.block.threads, [])
        block = expect(SOURCE.replace(
            " * needs:", " * like: a-b/c.d#12,\n *   e/f#3\n * needs:"))
        self.assertEqual(block.threads, ["a-b/c.d#12", "e/f#3"])
        self.assertEqual(block.prose, "Some prose.")

    def test_thread_without_owner_is_a_mistake(self):
        for words in "cpython#1", "a/b#", "a/b#1 c/d#2", "":
            block = expect(SOURCE.replace(
                " * needs:", f" * like: {words}\n * needs:"))
            with self.subTest(words), self.assertRaises(expectation.Mistake):
                block.threads

    def test_unknown_condition_is_a_mistake(self):
        with self.assertRaises(expectation.Mistake):
            expectation.holds("fast", FT)

    def test_conditions(self):
        for conditions, is_ft, is_gil in [
                ("", True, True), ("ft", True, False), ("gil", False, True),
                ("!ft", False, True), (">=3.15", True, False),
                ("<3.13", False, True), ("==3.12", False, True),
                ("ft, <3.15", False, False), ("births", True, False)]:
            with self.subTest(conditions):
                self.assertEqual(expectation.holds(conditions, FT), is_ft)
                self.assertEqual(expectation.holds(conditions, GIL), is_gil)


class Comparing(unittest.TestCase):
    def compare(self, output):
        block = expect(SOURCE)
        return expectation.compare(block.get("report", GIL), output,
                                   block.marks(block.get("run", GIL)))

    def test_right_report(self):
        self.assertIsNone(self.compare(REPORT))

    def test_right_report_of_another_machine(self):
        for frame in ["    #0 0x7f1 in f /a/here.c:26 (/t.so+0x1) (BuildId: 0)",
                      "    #0 in f here.c:26"]:
            wanted = "refsan: header-broken: x\n    #0 in f here.c:@release"
            self.assertIsNone(expectation.compare(
                wanted, "refsan: header-broken: x\n" + frame,
                {"release": 26}))

    def test_wrong_ones(self):
        lines = REPORT.splitlines(keepends=True)
        wrong = {
            "empty": "",
            "line number": REPORT.replace("here.c:26", "here.c:27"),
            "title": REPORT.replace("some sentence", "some other"),
            "address": REPORT.replace("0x7f00", "7f00"),
            "first frame missing": "".join(lines[:4] + lines[5:]),
            "last frame missing": "".join(lines[:7] + lines[8:]),
            "line added": "".join(lines[:3] + ["  state dead\n"] + lines[3:]),
            "goes on": REPORT.replace("tail\n", "tail\n  more\n"),
            "indented": "".join("  " + line for line in lines),
            "said twice": REPORT + REPORT,
            "another kind, too": REPORT + "refsan: header-broken: a b\n",
        }
        for name, output in wrong.items():
            with self.subTest(name):
                self.assertIsNotNone(self.compare(output))

    def test_frames_lose_what_differs_between_machines(self):
        for line, plain in [
                ("    #0 0x7f1 in f /a/b/x.c:12:3 (/c/t.so+0x11) (BuildId: "
                 "0ab)", "    #0 in f x.c:12"),
                ("    #0 0x7f1 in f /a/b/x.c:12", "    #0 in f x.c:12"),
                ("    #1 0x7f1 in g (/c/t.so+0x11)", "    #1 in g (t.so)"),
                ("    #1 0x7f1 (/c/t.so+0x11)", "    #1 0x7f1 (t.so)"),
                ("    #2 in <module> /a/run.py:3 (python)",
                 "    #2 in <module> run.py:3 (python)"),
                ("    1.  T1   incref   1 -> 2    in f /a/x.c:3",
                 "    1.  T1   incref   1 -> 2    in f x.c:3"),
                ("  object   0x7f01  <list>", "  object   0x7f01  <list>")]:
            with self.subTest(line):
                self.assertEqual(expectation.plain(line), plain)

    def test_unknown_mark_is_a_mistake(self):
        with self.assertRaises(expectation.Mistake):
            expectation.line_pattern("#0 f  x.c:@nowhere", {})

    def test_report_without_title_never_matches(self):
        self.assertIsNotNone(expectation.compare("...", REPORT, {}))

    def test_titles_are_kinds_only(self):
        self.assertEqual(
            expectation.titles(["refsan: header-broken: x", "refsan: note: x",
                                "  refsan: header-broken: x"]),
            ["refsan: header-broken: x"])


class Stories(unittest.TestCase):
    def test_whole_and_in_order(self):
        marks = {"release": 26, "call": 2}
        self.assertIsNone(stories.compare(STORY_WANTED, STORY, marks))
        for wanted in (STORY_WANTED.replace("twice", "once"),
                       STORY_WANTED.replace("  decref, main thread\n", ""),
                       STORY_WANTED.removesuffix("  ..."),
                       STORY_WANTED + "\n  more"):
            self.assertIsNotNone(stories.compare(wanted, STORY, marks))
        self.assertIsNotNone(stories.compare(STORY_WANTED, STORY,
                                             {**marks, "release": 27}))


if __name__ == "__main__":
    unittest.main()
