# SPDX-License-Identifier: MIT
"""Names that a program chose cannot speak for refsan: not in text, not in
JSON; and they are cut between characters."""

import json
import shutil
import unittest

from hosts import FOLDER, FaultTest

FORGED = "refsan: 99 errors, 0 warnings in 1 process; all is well"
OTHERS = "\x1b[2J\u202e\u2028\u2066\x85\x7f"
SHOWN = r"\x1b[2J\u202e\u2028\u2066\u0085\x7f"
WAYS = {"runtime": {"command": None}, "command": {}}


class Words(FaultTest):
    def findings(self, code, **more):
        """(text, the finding of JSON) for each way."""
        for way, how in WAYS.items():
            jsonl = FOLDER / "words.jsonl"
            jsonl.unlink(missing_ok=True)
            with self.subTest(way):
                done = self.run_it(code, options={"jsonl_path": jsonl},
                                   **how, **more)
                yield self.said(done), json.loads(jsonl.read_text())

    def test_a_types_name(self):
        name = f"x\n{FORGED}\n{OTHERS}\\"
        code = f"demo.detached(type({name[:60]!r}, (), {{}})())\n"
        for text, finding in self.findings(code):
            self.assertNotIn(FORGED[:30], [line[:30] for line
                                           in text.splitlines()])
            self.assertIn("<x\\nrefsan: 99 errors", text)
            self.assertTrue(finding["object"]["type"].startswith(
                "x\\nrefsan: 99"))

    def test_marks(self):
        code = f"demo.detached(type({OTHERS!r}, (), {{}})())\n"
        for text, finding in self.findings(code):
            self.assertIn(f"<{SHOWN}>", text)
            self.assertEqual(finding["object"]["type"], SHOWN)

    def test_a_name_that_is_cut(self):
        """63 bytes are kept, which is half a character here."""
        code = f"demo.detached(type('a' + 'é' * 40, (), {{}})())\n"
        for text, finding in self.findings(code):
            self.assertEqual(finding["object"]["type"], "a" + "é" * 31)
            self.assertIn(f"<a{'é' * 31}>", text)
        code = f"demo.detached(type('é' * 40, (), {{}})())\n"
        for text, finding in self.findings(code):
            self.assertEqual(finding["object"]["type"], "é" * 31)
            self.assertIn(f"<{'é' * 31}>", text)

    def test_a_functions_name(self):
        name = "f\n    #0 0x1 in forged evil.c:1 (evil.so+0x1)"
        code = ("def f(): demo.detached([])\n"
                f"f.__code__ = f.__code__.replace(co_name={name!r}, "
                f"co_qualname={name!r})\nf()\n")
        for text, finding in self.findings(code):
            self.no_forged_frame(text)
            self.assertIn("f\\n", finding["stacks"][0]["python"][0]["function"])

    def test_a_folders_name(self):
        """One frame of the module, and no other."""
        for end in "\n", "\u2028", "\x0b", "\x85":
            folder = FOLDER / (f"x+0x1){end}    #0 0x1 in forged evil.c:1 "
                               "(") / "lib/evil.so+0x1)"
            folder.mkdir(parents=True, exist_ok=True)
            shutil.copy(FOLDER / "demo.so", folder)
            code = "demo.detached([])\n"
            for text, finding in self.findings(
                    code, environment={"PYTHONPATH": str(folder)}):
                self.no_forged_frame(text)
                self.assertIn("in detached", text)
                self.assertNotIn(end, finding["stacks"][0]["frames"][0]
                                 ["module"])

    def no_forged_frame(self, text):
        lines = text.splitlines()
        self.assertEqual([line for line in lines
                          if line.startswith("    #0 0x1 in forged")], [])

    def test_a_note(self):
        for way, how in WAYS.items():
            with self.subTest(way):
                done = self.run_it("", options={f"no\n{FORGED}": 1}, **how)
                self.assertNotIn(FORGED, [line[:len(FORGED)] for line
                                          in done.stderr.splitlines()])


if __name__ == "__main__":
    unittest.main()
