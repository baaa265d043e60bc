# SPDX-License-Identifier: MIT
"""Files and lines put into text and JSON, by a symbolizer that knows one
module."""

import json
import subprocess
import unittest

from support import RefsanTest, compile_library

from refsan.symbolizing.frames import Frames
from refsan.symbolizing.symbolizer import trim


class Known:
    """Two calls in /lib/demo.so; the one at 0x20 is in an inlined function."""
    PLACES = {0x10: [("make", "/src/demo.c", 7)],
              0x20: [("helper", "/src/demo.c", 3), ("walk", "/src/demo.c", 9)],
              0x30: [("bare", None, None)]}

    def find(self, module, offset, build_id=None):
        return self.PLACES.get(offset, []) if module == "/lib/demo.so" else []


TEXT = """\
refsan: leak: words
  object  0x10  <list>
  decref by thread T1:
    #0 0x7010 in make (/lib/demo.so+0x10) (BuildId: 0a1b)
    #1 0x7020 in walk (/lib/demo.so+0x20)
    #2 0x7030 (/lib/demo.so+0x30)
    #3 0x8000 (/lib/other (copy).so+0x30)
    #4 0x7020 in walk /known/my file.c:8 (/lib/demo.so+0x20)
    #5 in <module> app.py:12 (python)
  created by thread T2:
    #0 0x7010 in make (/lib/demo.so+0x10)
  history  oldest first: thread, operation, refcount, place
    1.  T1   incref              1 -> 2     in make (/lib/demo.so+0x10)
    2.  T1   decref              2 -> 1     in bare (/lib/demo.so+0x30)
    3.  T1   decref              1 -> 0     in walk known.c:8 (/lib/demo.so+0x20)
"""

DONE = """\
refsan: leak: words
  object  0x10  <list>
  decref by thread T1:
    #0 0x7010 in make demo.c:7 (demo.so+0x10) (BuildId: 0a1b)
    #1 0x7020 in helper demo.c:3 (demo.so+0x20)
    #2 0x7020 in walk demo.c:9 (demo.so+0x20)
    #3 0x7030 in bare (/lib/demo.so+0x30)
    #4 0x8000 (/lib/other (copy).so+0x30)
    #5 0x7020 in walk /known/my file.c:8 (demo.so+0x20)
    #6 in <module> app.py:12 (python)
  created by thread T2:
    #0 0x7010 in make demo.c:7 (demo.so+0x10)
  history  oldest first: thread, operation, refcount, place
    1.  T1   incref              1 -> 2     in make demo.c:7
    2.  T1   decref              2 -> 1     in bare (/lib/demo.so+0x30)
    3.  T1   decref              1 -> 0     in walk known.c:8
"""


class Text(unittest.TestCase):
    def setUp(self):
        self.frames = Frames(Known(), "/src/")

    def test_places(self):
        self.assertEqual(self.frames.text(TEXT), DONE)

    def test_what_is_done_stays(self):
        self.assertEqual(self.frames.text(DONE), DONE)

    def test_other_lines_stay(self):
        other = "#!/bin/sh\n   #0 words\n\nplain"
        self.assertEqual(self.frames.text(other), other)


class Json(unittest.TestCase):
    def test_places(self):
        frame = {"function": None, "file": None, "line": None,
                 "module": "/lib/demo.so", "offset": "0x20", "build_id": None}
        finding = {"stacks": [{"frames": [dict(frame)]}],
                   "history": [{"site": dict(frame)}, {"site": None}]}
        Frames(Known(), "").finding(finding)
        inner, outer = finding["stacks"][0]["frames"]
        self.assertEqual((inner["function"], inner["line"], inner["inlined"]),
                         ("helper", 3, True))
        self.assertEqual((outer["function"], outer["line"]), ("walk", 9))
        self.assertNotIn("inlined", outer)
        site = finding["history"][0]["site"]
        self.assertEqual((site["function"], site["file"], site["line"]),
                         ("helper", "/src/demo.c", 3))
        self.assertNotIn("inlined", site)


    def test_callers_of_what_names_itself(self):
        """Instrumented code: the place is said, not where it was inlined."""
        frame = {"function": "helper", "file": "demo.c", "line": 3,
                 "module": "/lib/demo.so", "offset": "0x20"}
        for named in frame, {**frame, "line": 4}:
            finding = {"stacks": [{"frames": [dict(named)]}]}
            for _ in range(2):  # what is done stays
                Frames(Known(), "").finding(finding)
                self.assertEqual(
                    [(done["function"], done["file"], done["line"])
                     for done in finding["stacks"][0]["frames"]],
                    [("helper", "demo.c", named["line"]),
                     ("walk", "/src/demo.c", 9)])
        other = {**frame, "function": "other", "line": 4}
        finding = {"stacks": [{"frames": [other]}]}
        Frames(Known(), "").finding(finding)
        self.assertEqual(finding["stacks"][0]["frames"], [other])


class Trim(unittest.TestCase):
    def test_functions_of_pythons_headers_are_left_out(self):
        own = ("f", "/src/demo.c:7")
        for header in ("/usr/include/python3.15/object.h:1",
                       "/x/include/python3.14t/cpython/object.h:1",
                       "/build/Include/refcount.h:5",
                       "/build/Include/internal/pycore_object.h:5"):
            self.assertEqual(trim([("Py_DECREF", header), own]),
                             [("f", "/src/demo.c", 7)])

    def test_unless_there_is_nothing_else(self):
        self.assertEqual(trim([("f", "/build/Include/object.h:5")]),
                         [("f", "/build/Include/object.h", 5)])

    def test_unknown(self):
        self.assertEqual(trim([("??", "??:0")]), [])
        self.assertEqual(trim([("f", "??:?")]), [("f", None, None)])


class Symbolize(RefsanTest):
    """The command, with a real module and a real tool."""

    def setUp(self):
        super().setUp()
        self.module = self.folder / "demo.so"
        compile_library("int f(int x)\n{\n    return x + 1;\n}\n",
                        self.module, "-O0")
        symbols = subprocess.run(["nm", self.module], text=True,
                                 capture_output=True, check=True).stdout
        self.offset = next(int(line.split()[0], 16)
                           for line in symbols.splitlines()
                           if line.endswith(" T f"))

    def test_text_from_a_file(self):
        log = self.folder / "log"
        log.write_text(
            f"x\n    #0 0x1 in f ({self.module}+{self.offset:#x})\n")
        done = self.refsan("symbolize", log)
        self.assertEqual(done.returncode, 0, done.stderr)
        first, frame = done.stdout.splitlines()
        self.assertEqual(first, "x")
        self.assertRegex(frame, r"    #0 0x1 in f \S+:2 \(demo.so\+0x")

    def test_json_from_stdin(self):
        line = json.dumps({"stacks": [{"frames": [
            {"function": None, "file": None, "line": None, "build_id": None,
             "module": str(self.module), "offset": hex(self.offset)}]}]})
        done = self.refsan("symbolize", input=f"{line}\n{{broken\n[1]\n")
        finding, *others = done.stdout.splitlines()
        frame = json.loads(finding)["stacks"][0]["frames"][0]
        self.assertEqual((frame["function"], frame["line"]), ("f", 2))
        self.assertEqual(others, ["{broken", "[1]"])

    def test_no_tool(self):
        empty = self.folder / "empty"
        empty.mkdir()
        text = f"    #0 0x1 in f ({self.module}+{self.offset:#x})\n"
        done = self.refsan("symbolize", input=text * 2,
                           environment={"PATH": str(empty)})
        self.assertEqual(done.stdout.count("in f (/"), 2)
        self.assertEqual(done.stderr.count("no llvm-symbolizer"), 1)

    def test_no_file(self):
        done = self.refsan("symbolize", "/no/log")
        self.assertEqual(done.returncode, 2)
        self.assertIn("cannot read /no/log", done.stderr)


if __name__ == "__main__":
    unittest.main()
