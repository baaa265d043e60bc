# SPDX-License-Identifier: MIT
"""One bug, one report, in however many threads, processes and workers; and the
table of them at the end."""

import json
import unittest

from support import SUMMARY, RefsanTest, report, start, talker

CORE = "/v/site-packages/tinytable/_core.cpython-315-x86_64-linux-gnu.so"
IMPORT = [{"function": "_call_with_frames_removed",
           "file": "<frozen importlib._bootstrap>", "line": 1}]


def frame(function, module=CORE, **more):
    return {"function": function, "file": None, "line": None,
            "module": module, "offset": "0x10", **more}


def bug(number, kind="count-underflow", severity="error", function=None,
        python=(), module=CORE, **more):
    """A report of a function in tinytable."""
    return report(kind, severity, fingerprint=f"{number:016x}", stacks=[
        {"role": "act", "thread": None, "op": "decref", "python": list(python),
         "frames": [frame("Py_DecRef", "/bin/python3", interpreter=True),
                    frame(function or f"f{number}", module)]}], **more)


def spawn(*commands):
    """Python code that runs them one after the other."""
    return (f"import subprocess\nfor command in json.loads({json.dumps(list(commands))!r}):"
            " subprocess.run(command)")


class Bugs(RefsanTest):
    def said(self, *records, options=(), after="", status=66):
        done = self.refsan("run", *options, "--",
                           *talker(*records, after=after))
        self.assertEqual(done.returncode, status, done.stderr)
        return done.stderr

    def table(self, text):
        """(head, rows), each row split at two spaces or more."""
        lines = text.split("\n")
        at = next(at for at, line in enumerate(lines) if " bug" in line
                  and line.startswith("refsan: "))
        rows = []
        for line in lines[at + 1:]:
            if not line.startswith(" "):
                break
            rows.append(line.strip())
        return lines[at], [row.split("  ") for row in rows]

    def test_in_one_process(self):
        text = self.said(bug(1), bug(1), bug(2), bug(1), SUMMARY)
        self.assertEqual(text.count("[count-underflow]")
                         + text.count("refsan: count-underflow:"), 2)
        head, rows = self.table(text)
        self.assertEqual(head, "refsan: 2 bugs, 4 occurrences, in 1 process:")
        self.assertEqual([[cell for cell in row if cell] for row in rows], [
            ["times", "kind", " place", "tier"],
            ["3", "count-underflow", "f1 in tinytable._core"],
            ["1", "count-underflow", "f2 in tinytable._core"]])

    def test_in_several_processes(self):
        """The first test that met it, and what each counted."""
        first = talker(bug(1, test="t.py::test_a", worker="gw0"),
                       {**SUMMARY, "errors": 1})
        second = talker(bug(1, test="t.py::test_b", worker="gw1"),
                        {**SUMMARY, "errors": 40})
        text = self.said(SUMMARY, after=spawn(first, second))
        head, rows = self.table(text)
        self.assertEqual(head, "refsan: 1 bug, 41 occurrences, in 3 processes:")
        self.assertEqual(rows[1][0], "41")
        self.assertIn("t.py::test_a", rows[1])
        self.assertNotIn("test_b", " ".join(rows[1]))

    def test_jsonl_has_all(self):
        jsonl = self.folder / "all"
        self.said(bug(1), bug(1), bug(2), SUMMARY,
                  options=["--jsonl", str(jsonl)])
        self.assertEqual(len(jsonl.read_text().splitlines()), 3)

    def test_counts_of_a_process(self):
        """Where it says how often it found each; else what is not known to be
        of one bug has a plus."""
        counts = [{"fingerprint": f"{1:016x}", "kind": "count-underflow",
                   "count": 7},
                  {"fingerprint": f"{9:016x}", "kind": "leak", "count": 2}]
        text = self.said(bug(1), bug(2), {
            **SUMMARY, "errors": 8, "findings": counts})
        self.assertEqual([row[0] for row in self.table(text)[1][1:]],
                         ["7", "1"])
        text = self.said(bug(1), bug(2), {**SUMMARY, "errors": 8})
        self.assertEqual([row[0] for row in self.table(text)[1][1:]],
                         ["1+", "1+"])

    def test_one_that_was_seen_once_has_no_table(self):
        self.assertNotIn("bug", self.said(bug(1), SUMMARY))

    def test_what_set_up_leaks_is_one_report(self):
        records = [bug(number, "leak", python=IMPORT) for number in range(152)]
        text = self.said(*records, SUMMARY)
        self.assertEqual(text.count("\n  decref"), 1)
        _, rows = self.table(text)
        self.assertIn("152 places of tinytable", rows[1])
        listed = " ".join(" ".join(row) for row in rows[2:])
        self.assertIn("f0 in tinytable._core, f1 in", listed)
        self.assertIn("112 more (--jsonl lists all)", listed)

    def test_errors_of_one_kind_may_be_different_bugs(self):
        text = self.said(*(bug(number) for number in range(5)), SUMMARY)
        self.assertEqual(text.count("\n  decref"), 3)
        self.assertIn("5 places of tinytable", text)
        text = self.said(*(bug(number, kind) for number, kind in enumerate(
            ("leak", "leak", "slot-race", "slot-race"))), SUMMARY)
        self.assertEqual(text.count("\n  decref"), 4)

    def test_quiet_prints_them_all(self):
        """There is no table to list them."""
        text = self.said(*(bug(number, python=IMPORT) for number in range(5)),
                         bug(1), SUMMARY, options=["-q"])
        self.assertEqual(text.count("\n  decref"), 5)
        self.assertNotIn("times", text)

    def test_consequences_stand_with_their_cause(self):
        text = self.said(bug(1), bug(2, "slot-race", follows=f"{1:016x}"),
                         bug(3, "slot-race", follows=f"{1:016x}"), bug(4),
                         bug(5, "leak", follows=f"{77:016x}"), SUMMARY)
        self.assertEqual(text.count("\n  decref"), 3)
        self.assertIn("then slot-race 2 times", text)
        self.assertIn("3 bugs, 3 occurrences", text)
        self.assertIn("refsan: 3 errors", text)

    def test_other_packages(self):
        records = [bug(number, elsewhere=True, module=module)
                   for number, module in enumerate(
                       (CORE, CORE, "/v/site-packages/other.libs/x.so"))]
        text = self.said(start(only="mine"), *records, SUMMARY, status=0)
        self.assertEqual(
            text, "refsan: not of mine, and not printed: 3 findings: 2 in "
            "tinytable, 1 in other\n"
            "refsan: 0 errors, 0 warnings in 1 process; one module hooked\n")

    def test_known_findings(self):
        known = self.folder / "known.supp"
        known.write_text("# Row: row.c\nleak:x\nleak:y\n\n# Z: z.c\nleak:z\n")
        self.environment["REFSAN_KNOWN"] = str(known)
        text = self.said({**SUMMARY, "suppressions": "2 known.supp:2 leak:x\n"
                          "1 known.supp:3 leak:y\n3 known.supp:6 leak:z\n"
                          "1 leak:mine\n"}, status=0)
        self.assertEqual(
            text.split("\n")[:4],
            ["refsan: 3 known findings of Row not printed (known.supp:2, 3; "
             "known=0 does)",
             "refsan: 3 known findings of Z not printed (known.supp:6; "
             "known=0 does)",
             "refsan: suppressions, with the number of distinct findings they "
             "silenced:", "  1 leak:mine"])

    def test_options_that_the_command_makes(self):
        done = self.refsan("run", "--only", "a,b", "--only", "c.d", "--",
                           *talker(SUMMARY, before="print(os.environ["
                                   "'REFSAN_OPTIONS'])"))
        self.assertEqual(done.stdout, "only=a,b,c.d\n")


class Signals(RefsanTest):
    def said(self, *records, number=11, options=()):
        done = self.refsan("run", *options, "--", *talker(
            *records, after=f"os.kill(os.getpid(), {number})"))
        self.assertEqual(done.returncode, 128 + number)
        return done.stderr

    def test_errors_before_it(self):
        self.assertIn(
            "refsan: killed by SIGSEGV after 2 errors; start with the first: "
            "f1 in tinytable._core [count-underflow]\n",
            self.said(bug(1), bug(2, "leak")))

    def test_none_before_it(self):
        module = {"type": "module", "path": CORE, "tier": "stock",
                  "hooked": True}
        text = self.said(SUMMARY, module, number=6)
        self.assertIn("refsan: killed by SIGABRT; refsan saw no error before "
                      "it\n", text)
        self.assertIn("refsan: not seen before it: the counting that is "
                      "compiled into tinytable._core; build with refsan cc to "
                      "see it\n", text)

    def test_a_child(self):
        for severity in "warning", "error":
            crash = bug(3, "crash", severity, crash={"signal": "SIGBUS"})
            child = talker(bug(1), crash)
            done = self.refsan("run", "--", *talker(SUMMARY,
                                                    after=spawn(child)))
            self.assertRegex(
                done.stderr, r"refsan: process \d+ was killed by SIGBUS after "
                r"1 error; start with the first: f1 in tinytable\._core "
                r"\[count-underflow\]\n")

    def test_those_that_somebody_sends(self):
        self.assertNotIn("killed", self.said(bug(1), number=15))


if __name__ == "__main__":
    unittest.main()
