# SPDX-License-Identifier: MIT
"""Names that a program chose cannot speak for refsan: not in text, not in
JSON; and they are cut between characters."""

import json
import unittest

from hosts import ERROR, FOLDER, FaultTest

FORGED = "refsan: 99 errors, 0 warnings in 1 process; all is well"
OTHERS = "\x1b[2J\u202e\u2028\u2066\x85\x7f"
SHOWN = r"\x1b[2J\u202e\u2028\u2066\u0085\x7f"
WAYS = {"command": None}, {}  # the runtime alone, and `refsan run`


class Words(FaultTest):
    def findings(self, code, **more):
        """[(text, the first finding of JSON)], one for each way."""
        found = []
        for how in WAYS:
            jsonl = FOLDER / "words.jsonl"
            jsonl.unlink(missing_ok=True)
            done = self.run_it(code, options={"jsonl_path": jsonl}, **how,
                               **more)
            found.append((self.said(done), json.loads(
                jsonl.read_text().split("\n")[0])))
        return found

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
        code = ("def f(): demo.refused()\n"
                f"f.__code__ = f.__code__.replace(co_name={name!r}, "
                f"co_qualname={name!r})\nf()\n" + ERROR)
        for text, finding in self.findings(code):
            self.no_forged_frame(text)
            self.assertIn("in f\\n    #0 0x1 in forged", text)

    def test_a_folders_name(self):
        """One frame of the module, and no other."""
        for end in "\n", "\u2028", "\x0b", "\x85":
            folder = FOLDER / (f"x+0x1){end}    #0 0x1 in forged evil.c:1 "
                               "(") / "lib/evil.so+0x1)"
            for text, finding in self.findings(ERROR, folder=folder):
                self.no_forged_frame(text)
                self.assertIn("in detached", text)
                self.assertNotIn(end, finding["stacks"][0]["frames"][0]
                                 ["module"])

    def no_forged_frame(self, text):
        lines = text.splitlines()
        self.assertEqual([line for line in lines
                          if line.startswith("    #0 0x1 in forged")], [])

    def test_a_note(self):
        for how in WAYS:
            done = self.run_it("", options={"no\nforged": 1}, **how)
            self.assertNotRegex(done.stderr, "(?m)^forged")
            self.assertIn("no\\nforged", done.stderr)


if __name__ == "__main__":
    unittest.main()
