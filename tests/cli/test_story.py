# SPDX-License-Identifier: MIT
"""Short reports of made-up findings: what tools read, what people see at each
width, and what hostile programs make of it."""

import copy
import os
import re
import unittest

from support import RefsanTest

from refsan import tables
from refsan.reporting import report
from refsan.reporting.page import Page, for_file
from refsan.reporting.story import story

# The grammar of gcc's messages, as VS Code's problem matcher has it.
GCC = re.compile(r"^(.*?):(\d+):(\d*):?\s+(warning|error|note):\s+(.*)$")
FRAME = {"function": "parse_row", "file": "/project/src/core.c", "line": 3,
         "module": "/project/core.so", "offset": "0x98", "build_id": "ab",
         "address": "0x7f98"}
PYTHON = [{"function": "test_parse", "file": "/project/test_core.py", "line": 7},
          *({"function": "run", "line": 1,
             "file": "/v/site-packages/_pytest/runner.py"} for _ in range(11))]


def finding(**more):
    return copy.deepcopy({
        "kind": "decref-after-zero", "severity": "error", "pid": 12,
        "host": "CPython 3.15.0, free-threaded", "evidence": ["dealloc-over"],
        "object": {"address": "0x7f10", "type": "list", "state": "dead",
                   "owner": 1, "creator": 1, "counts": None,
                   "interpreter": 0},
        "threads": [{"id": 1, "name": "python", "created_by": None, "tid": 12,
                     "ended": False},
                    {"id": 2, "name": "a worker with a whole name",
                     "created_by": 1, "tid": 13, "ended": False}],
        "stacks": [
            {"role": "act", "thread": 1, "op": "decref", "frames": [FRAME],
             "python": PYTHON},
            {"role": "zero", "thread": 2, "op": "decref",
             "frames": [{**FRAME, "function": "append", "line": 2}, FRAME],
             "python": PYTHON},
            {"role": "birth", "thread": 1, "op": "born", "frames": [],
             "python": PYTHON}],
        "history": [], "hint": "release each reference once", **more})


def lines(found, **more):
    return story(found, Page(cwd="/project", **more)).splitlines()


class Story(unittest.TestCase):
    def test_a_test_that_only_runs_meanwhile(self):
        told = lines(finding(test="t.py::test", test_in_other_thread=True))
        self.assertEqual(told[1], "  test      t.py::test (pid 12, runs now; "
                         "this is another thread)")

    def test_whole(self):
        """Without the source at hand."""
        self.assertEqual(lines(finding(test="test_core.py::test_parse",
                                       worker="gw0")), [
            "src/core.c:3: error: list released twice [decref-after-zero]",
            "  test      test_core.py::test_parse (gw0, pid 12)",
            "  decref, main thread at src/core.c:3",
            "         parse_row < test_parse (test_core.py:7) < … 11 frames of "
            "pytest",
            "  last reference released, T2 'a worker with a whole name' at "
            "src/core.c:2",
            "         append < parse_row:3 < test_parse (test_core.py:7)",
            "         < … 11 frames of pytest",
            "  because   its deallocation is over",
            "  object    <list> 0x7f10, created by main thread at "
            "test_core.py:7",
            "  fix       release each reference once",
            "  more      refsan explain decref-after-zero"])

    def test_the_first_line_of_every_kind_is_for_tools(self):
        for kind in tables.bugs():
            first = lines(finding(kind=kind.slug, severity=kind.severity))[0]
            match = GCC.match(first)
            self.assertEqual((match[1], match[2], match[4]),
                             ("src/core.c", "3", kind.severity))
            self.assertTrue(first.endswith(f" [{kind.slug}]"))
            self.assertNotIn("%", first)

    def test_places(self):
        bare = {**FRAME, "file": None, "line": None}
        for frames, python, place in (
                ([bare], PYTHON, "core.so+0x98"),
                ([], PYTHON, "test_core.py:7"),
                ([{**bare, "interpreter": True}], PYTHON, "test_core.py:7"),
                ([{**FRAME, "file": "/i/pybind11/pytypes.h"}, FRAME], PYTHON,
                 "src/core.c:3"),
                ([{**FRAME, "file": "/project/src/../lib/x.c"}], [],
                 "lib/x.c:3"),
                ([{**FRAME, "file": "/elsewhere/x.c"}], [],
                 "/elsewhere/x.c:3"),
                ([], [], "src/core.c:2")):  # of what is recorded
            found = finding()
            found["stacks"][0].update(frames=frames, python=python)
            with self.subTest(place):
                self.assertTrue(lines(found)[0].startswith(
                    f"{place}: error: "), lines(found)[0])

        found["stacks"] = []
        self.assertEqual(lines(found)[:2], [
            "refsan: error: list released twice [decref-after-zero]",
            "  because   its deallocation is over"])

    def test_a_crash(self):
        """It has a signal, and may be about no object."""
        crash = {"signal": "SIGSEGV", "address": "0x10",
                 "reason": "nothing is mapped there"}
        found = finding(kind="crash", severity="warning", crash=crash)
        found["object"].update(address="0x0", type=None)
        shown = lines(found)
        self.assertIn("  signal    SIGSEGV at address 0x10: nothing is mapped "
                      "there", shown)
        self.assertNotIn("  object", "\n".join(shown))

    def test_without_a_line(self):
        """What a symbolizer elsewhere needs, once a module."""
        found = finding()
        for stack in found["stacks"]:
            stack["frames"] = [{**frame, "file": None, "function": None}
                               for frame in stack["frames"]]
        self.assertEqual(lines(found)[:9], [
            "core.so+0x98: error: list released twice [decref-after-zero]",
            "  decref, main thread at core.so+0x98",
            "         test_parse (test_core.py:7) < … 11 frames of pytest",
            "  last reference released, T2 'a worker with a whole name' at "
            "core.so+0x98",  # called from where the same is known
            "         core.so+0x98 < test_parse (test_core.py:7) < … 11 frames "
            "of pytest",
            "  because   its deallocation is over",
            "  object    <list> 0x7f10, created by main thread at "
            "test_core.py:7",
            "  build     core.so, BuildId ab",
            "  fix       release each reference once"])

    def test_chains(self):
        def calls(*frames):
            found = finding()
            found["stacks"] = [{**found["stacks"][0], "frames": list(frames),
                                "python": []}]
            return lines(found)[2].strip()

        binding = {**FRAME, "file": "/i/pybind11/cast.h", "function": "call"}
        self.assertEqual(calls(FRAME, binding, binding, {
            **FRAME, "function": "outer"}),
            "parse_row < pybind11 call < outer (core.c:3)")
        self.assertEqual(calls(binding, FRAME),
                         "… 1 frame of pybind11 < parse_row")
        self.assertEqual(calls(FRAME, *[{**FRAME, "function": "again"}] * 5),
                         "parse_row < again:3 ×5")
        self.assertEqual(calls(*({**FRAME, "function": f"f{number}"}
                                 for number in range(20))),
                         "f0 < f1:3 < f2:3 < f3:3 < f4:3 < … 14 more < f19:3")

    def test_the_dealloc_that_runs(self):
        """What it has called since stands within it."""
        entry = {**FRAME, "function": "_Py_Dealloc", "interpreter": True}
        found = finding()
        found["stacks"][1].update(role="live", python=[], frames=[
            {**FRAME, "function": "wait", "line": 9},
            {**FRAME, "function": "list_dealloc", "line": 5}, entry, FRAME])
        self.assertIn("  deallocation running, T2 'a worker with a whole "
                      "name' at src/core.c:5", lines(found))
        self.assertIn("         list_dealloc < parse_row:3", lines(found))

    def test_history_where_it_adds_something(self):
        acts = [{"thread": thread, "op": op, "site": {**FRAME, "line": line},
                 "count_before": before, "count_after": after}
                for thread, op, line, before, after in (
                    (1, "incref", 3, 1, 2), (2, "decref", 2, 2, 1))]
        self.assertNotIn("history", "\n".join(lines(finding(history=acts))))
        left_out = {**acts[0], "site": {**FRAME, "line": 5}, "skipped": True}
        self.assertIn("  incref  skipped  parse_row:5", "\n".join(
            lines(finding(history=[left_out]))))
        more = [{**acts[0], "site": {**FRAME, "line": 5}}] * 3
        shown = lines(finding(history=[*acts, *more]))
        at = next(at for at, line in enumerate(shown) if "history" in line)
        worker = "T2 'a worker with a whole name'"
        self.assertEqual(shown[at:at + 3], [
            f"  history   {'main thread':{len(worker)}}  incref  1 -> 2  "
            "parse_row:3",
            f"            {worker}  decref  2 -> 1  parse_row:2",
            f"            {'main thread':{len(worker)}}  incref  1 -> 2  "
            "parse_row:5 (3 tim…"])


class Source(RefsanTest):
    def made(self, text, **more):
        source = self.folder / "core.c"
        source.write_text(text)
        return self.told(source, **more)

    def told(self, source, line=3):
        found = finding()
        found["stacks"] = found["stacks"][:1]
        found["stacks"][0]["frames"][0].update(file=str(source), line=line)
        return story(found, Page(cwd=str(self.folder))).splitlines()

    def test_the_line_of_code(self):
        shown = self.made("\n\n\tPy_DECREF(row);\tx\n")
        self.assertEqual(shown[1:3], ["  decref, main thread",
                                      "     3 | Py_DECREF(row); x"])

    def test_a_file_that_changed_since_the_build(self):
        """Its lines may be others; those of a Python file are read anew by
        the interpreter, too."""
        source, module = self.folder / "core.c", self.folder / "core.so"
        source.write_text("\n\nPy_DECREF(row);\n")
        module.write_text("")
        found = finding()
        for frame in found["stacks"][0]["frames"], found["stacks"][1]["frames"]:
            frame[0].update(file=str(source), module=str(module))
        for seconds, is_shown in (9, True), (11, False):
            os.utime(module, (10, 10))
            os.utime(source, (seconds, seconds))
            shown = story(found, Page(cwd=str(self.folder)))
            self.assertEqual("Py_DECREF(row);" in shown, is_shown)
            self.assertTrue(shown.startswith("core.c:3: error: "))

    def test_a_long_line_is_cut(self):
        shown = self.made("\n\n" + "x" * 5000)
        self.assertEqual(len(shown[2]), 80)

    def test_what_is_no_line_of_code(self):
        """Not there, no file, one that never ends: the place is said."""
        fifo = self.folder / "fifo"
        os.mkfifo(fifo)
        for source in fifo, self.folder, "/dev/zero", "/no/file", "a\\x00b":
            with self.subTest(source):
                self.assertRegex(self.told(source)[1],
                                 "^  decref, main thread at .+:3$")
        self.assertIn(" at core.c:3", self.made("one line\n")[1])

    def test_places_of_cython(self):
        (self.folder / "row.pyx").write_text("\nrelease(x)\n")
        source = self.folder / "build/row.c"
        source.parent.mkdir()
        source.write_text('}\n/* "row.pyx":2\n * release(x)\n */\n  f();\n')
        found = finding()
        found["stacks"][0]["frames"][0].update(
            file=str(source), line=5, function="__pyx_pw_3row_1release")
        shown = story(found, Page(cwd=str(self.folder))).splitlines()
        self.assertTrue(shown[0].startswith("row.pyx:2: error: "), shown[0])
        self.assertEqual(shown[2], "     2 | release(x)")
        self.assertIn("release < ", shown[3])


class Hostile(unittest.TestCase):
    NASTY = "x\n\r\033[2J\u202e\x9b\x00\ty"

    def test_names_stay_on_their_line(self):
        """Members that the runtime would have escaped, said by the program
        itself."""
        def spoil(value):
            if isinstance(value, dict):
                return {key: spoil(member) for key, member in value.items()}
            if isinstance(value, list):
                return [spoil(member) for member in value]
            return self.NASTY + value if isinstance(value, str) else value

        found = spoil(finding(test="t", worker="w"))
        found["kind"] = "decref-after-zero"
        shown = story(found, Page())
        self.assertNotRegex(shown, "[^\\S \n]|[\x00-\x09\x0b-\x1f\x7f-\x9f\u202e]")
        self.assertTrue(shown.splitlines()[0].endswith(
            " [decref-after-zero]"))

    def test_what_is_no_finding_is_said_in_the_runtimes_words(self):
        for damage in ({"stacks": None}, {"stacks": [1]}, {"object": 3},
                       {"kind": "unheard-of"}, {"threads": [{}]}, {"cut": True},
                       {"evidence": 3}, {"history": [3]}, {"pid": None,
                        "threads": 3}):
            with self.subTest(damage):
                self.assertEqual(
                    report.text(finding(**damage), lambda: "words\n\n",
                                Page()), "\nwords\n")

    def test_a_report_begins_on_a_line_of_its_own(self):
        for is_full in False, True:
            for page, first, last in ((Page(), "\n", "[^\n]\n"),
                                      (for_file(None), "[^\n]", "\n\n")):
                self.assertRegex(
                    report.text(finding(), lambda: "words\n\n", page,
                                is_full), f"(?s)\\A{first}.*{last}\\Z")


if __name__ == "__main__":
    unittest.main()
