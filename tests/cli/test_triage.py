# SPDX-License-Identifier: MIT
"""refsan triage: what it reads, groups, ranks and says, and its exit status.
The inputs are logs of real tools (tests/fuzz/seeds/triage)."""

import bz2
import gzip
import json
import lzma
import random
import re
import tracemalloc
import unittest
from unittest import mock

from in_process import ROOT, InProcessTest

from refsan import tables
from refsan.commands import triage
from refsan.triaging import severity

SEEDS = ROOT / "tests/fuzz/seeds/triage"
FINDINGS = (SEEDS / "findings.jsonl").read_text().splitlines()
# What is in each log: the kinds, and where the worst one is.
LOGS = {
    "asan.log": (["heap-use-after-free"], "use", "uaf.c", 5),
    "asan-double-free.log": (["double-free"], "drop", "uaf.c", 4),
    "lsan.log": (["memory-leak", "memory-leak"], "make", "uaf.c", 3),
    "ubsan.log": (["memory-leak", "undefined-behavior"], "main", "uaf.c", 8),
    "tsan.log": (["data-race"], "add", "race.c", 4),
    "valgrind.log": (["double-free", "heap-use-after-free"], "drop", "uaf.c",
                     4),
    "valgrind-leak.log": (["memory-leak", "memory-leak"], "main", "uaf.c", 7),
    "faulthandler.log": (["segv"], "inner", "fh.py", 3),
    "faulthandler-ft.log": (["segv"], None, None, None),
    "cpython.log": (["negative-refcount"], "test_rows", "test_rows.py", 12),
    "gdb.log": (["segv"], None, None, None),
    "gdb-bt.log": (["segv"], "main", "uaf.c", 9),
}


def shifted(line, by):
    """The same finding of another build: lines and addresses are others."""
    finding = json.loads(line)

    def change(node):
        if isinstance(node, dict):
            for key, value in node.items():
                if key == "line" and value:
                    node[key] = value + by
                elif key in ("address", "offset") and isinstance(
                        value, str):
                    node[key] = hex(int(value, 16) + by * 4096)
                else:
                    change(value)
        elif isinstance(node, list):
            for value in node:
                change(value)

    change(finding)
    finding["pid"] += by
    return json.dumps(finding)


class TriageTest(InProcessTest):
    def put(self, name, data):
        path = self.folder / name
        if isinstance(data, str):
            data = data.encode()
        path.write_bytes(data)
        return path

    def triage(self, *arguments, status=0, **more):
        done = self.refsan("triage", *arguments, **more)
        self.assertEqual((done.returncode, done.stderr), (status, ""))
        return done.stdout

    def bugs(self, *arguments, status=0, **more):
        """(the bugs, the inputs)"""
        said = json.loads(self.triage("--format", "json", *arguments,
                                      status=status, **more))
        return said["bugs"], said["inputs"]


class Reading(TriageTest):
    def test_logs(self):
        for name, (kinds, function, file, line) in LOGS.items():
            with self.subTest(name):
                bugs, [source] = self.bugs(SEEDS / name)
                self.assertEqual(sorted(bug["kind"] for bug in bugs),
                                 sorted(kinds))
                self.assertEqual(source["problems"], [])
                place = bugs[0]["place"]
                if function:
                    self.assertEqual(
                        (place["function"], place["file"].split("/")[-1],
                         place["line"]), (function, file, line))

    def test_findings(self):
        bugs, [source] = self.bugs(SEEDS / "findings.jsonl")
        self.assertEqual(source["reports"], len(FINDINGS))
        self.assertEqual({bug["fingerprint"] for bug in bugs},
                         {json.loads(line)["fingerprint"]
                          for line in FINDINGS})
        self.assertEqual([bug["rank"] for bug in bugs],
                         list(range(1, len(bugs) + 1)))
        leaks = [bug["rank"] for bug in bugs if bug["kind"] == "leak"]
        freed = [bug["rank"] for bug in bugs
                 if bug["kind"].endswith("-after-zero")]
        self.assertLess(max(freed), min(leaks))

    def test_packed(self):
        plain = (SEEDS / "findings.jsonl").read_bytes()
        wanted, _ = self.bugs(SEEDS / "findings.jsonl")
        for name, pack in [("gz", gzip.compress), ("bz2", bz2.compress),
                           ("xz", lzma.compress)]:
            with self.subTest(name):
                path = self.put(f"packed.{name}", pack(plain))
                self.assertEqual(len(self.bugs(path)[0]), len(wanted))
                cut = self.put(f"cut.{name}", pack(plain)[:-40])
                _, [source] = self.bugs(cut)
                self.assertTrue(source["problems"])

    def test_stdin(self):
        bugs, [source] = self.bugs("-", input="\n".join(FINDINGS))
        self.assertEqual(source["name"], "(stdin)")
        self.assertEqual(source["reports"], len(FINDINGS))

    def test_all_in_one_log(self):
        """Logs one behind the other, with other words between."""
        whole = "\n".join(f"some words\n{(SEEDS / name).read_text()}\n"
                          for name in LOGS)
        bugs, [source] = self.bugs(self.put("all.log", whole))
        self.assertEqual(
            source["reports"], sum(len(row[0]) for row in LOGS.values()))
        self.assertIn("tests/test_rows.py::test_before",
                      [row["name"] for bug in bugs for row in bug["tests"]])

    def test_processes_interleaved(self):
        """Two reports of valgrind, line by line."""
        first = (SEEDS / "valgrind-leak.log").read_text().splitlines()
        second = [re.sub(r"==\d+==", "==99==", line) for line in
                  (SEEDS / "valgrind.log").read_text().splitlines()]
        mixed = []
        for at in range(max(len(first), len(second))):
            mixed += first[at:at + 1] + second[at:at + 1]
        bugs, _ = self.bugs(self.put("mixed.log", "\n".join(mixed)))
        self.assertEqual(len(bugs), 4)

    def test_nothing(self):
        bugs, [source] = self.bugs(self.put("x.log", "nothing\nof note\n"))
        self.assertEqual(bugs, [])
        self.assertIn("nothing in it", source["problems"][0]["words"])

    def test_mistakes(self):
        for arguments, words in [
                ([], "needs a FILE"), (["/no/such"], "No such file"),
                ([self.folder], "store"),
                (["--new", SEEDS / "tsan.log"], "--baseline"),
                (["--baseline", "/no/b", SEEDS / "tsan.log"], "no baseline"),
                (["--timeline", "ffff", SEEDS / "tsan.log"], "no bug")]:
            with self.subTest(words):
                done = self.refsan("triage", *arguments)
                self.assertEqual(done.returncode, 2)
                self.assertRegex(done.stderr, f"^refsan: .*{words}.*\n$")


class Grouping(TriageTest):
    def test_other_lines_and_addresses(self):
        """Counted, with first and last; once parsed, once not."""
        line = FINDINGS[0]
        text = "\n".join([line, *(shifted(line, by) for by in range(1, 30))])
        [bug], _ = self.bugs(self.put("many.jsonl", text))
        self.assertEqual(bug["count"], 30)
        self.assertEqual((bug["first"]["line"], bug["last"]["line"]), (1, 30))
        self.assertEqual(bug["last"]["pid"], bug["first"]["pid"] + 29)

    def test_without_a_fingerprint(self):
        """One is made of both stacks, and does not change with lines."""
        def bare(line):
            finding = json.loads(line)
            del finding["fingerprint"]
            return json.dumps(finding)

        lines = [bare(line) for row in FINDINGS[:6]
                 for line in (row, shifted(row, 7))]
        bugs, _ = self.bugs(self.put("old.jsonl", "\n".join(lines)))
        self.assertEqual([bug["count"] for bug in bugs], [2] * 6)

    def test_tool_logs_of_other_builds(self):
        for name in LOGS:
            text = (SEEDS / name).read_text()
            other = re.sub(r"(\.(?:c|py)[:\"](?:, line )?)(\d+)",
                           lambda match: match[1] + str(int(match[2]) + 9),
                           text)
            other = re.sub(r"0x([0-9a-f]{8,})", lambda match: hex(
                int(match[1], 16) + 0x3000), other)
            with self.subTest(name):
                self.assertNotEqual(text, other)
                bugs, _ = self.bugs(SEEDS / name, self.put("o.log", other))
                self.assertEqual([bug["count"] for bug in bugs],
                                 [2] * len(LOGS[name][0]))

    def test_a_race_seen_from_the_other_side(self):
        text = (SEEDS / "tsan.log").read_text()
        text = text.replace("#0 add /src/race.c:4:67", "#0 put /src/r.c:9", 1)
        parts = re.split(r"(?=  (?:Previous w|W)rite of)|(?=\n  Location)",
                         text)
        self.assertEqual(len(parts), 4)
        parts[1], parts[2] = (parts[2].replace("Previous write", "Write"),
                              parts[1].replace("Write", "Previous write"))
        bugs, _ = self.bugs(self.put("a", text), self.put("b", "".join(
            part if part.endswith("\n") else part + "\n" for part in parts)))
        self.assertEqual([bug["count"] for bug in bugs], [2])

    def test_size_is_flat(self):
        """Ten times as many reports of the same bugs take no more memory."""
        peaks = []
        for times in 100, 1000:
            path = self.put(f"{times}.jsonl", "\n".join(FINDINGS * times))
            tracemalloc.start()
            bugs, _ = triage.read([str(path)])
            peaks.append(tracemalloc.get_traced_memory()[1])
            tracemalloc.stop()
            self.assertEqual({bug.count for bug in bugs.all()}, {times})
            bugs.close()
        self.assertLess(peaks[1], peaks[0] * 1.5)

    def test_tests_and_interpreters(self):
        finding = json.loads(FINDINGS[0])
        rows = []
        for number in range(9):
            rows.append(json.dumps(
                {**finding, "test": f"test_{number % 3}",
                 "host": f"CPython 3.{13 + number % 2}"}))
        [bug], _ = self.bugs(self.put("t.jsonl", "\n".join(rows)))
        self.assertEqual(bug["tests"], [{"name": f"test_{at}", "count": 3}
                                        for at in range(3)])
        self.assertEqual(bug["interpreters"], ["CPython 3.13", "CPython 3.14"])

    def test_consequences(self):
        cause, other = json.loads(FINDINGS[0]), json.loads(FINDINGS[1])
        after = {**other, "follows": cause["fingerprint"]}
        path = self.put("f.jsonl", "\n".join(map(json.dumps, [
            cause, after, {**after, "pid": 7}])))
        bugs, _ = self.bugs(path)
        self.assertEqual([bug["fingerprint"] for bug in bugs],
                         [cause["fingerprint"], other["fingerprint"]])
        self.assertEqual(bugs[0]["consequences"], [other["fingerprint"]])
        self.assertEqual(bugs[1]["consequence_of"], cause["fingerprint"])
        said = self.triage(path)
        self.assertIn("1 distinct bug, and 1 consequence", said)
        self.assertIn(f"  then      2 times {other['kind']}: ", said)
        # Seen alone it is a bug of its own.
        bugs, _ = self.bugs(path, self.put("g.jsonl", FINDINGS[1]))
        self.assertEqual([bug["consequence_of"] for bug in bugs], [None] * 2)


class Baseline(TriageTest):
    def test_new_bugs_only(self):
        path, known = self.put("f", "\n".join(FINDINGS[:5])), "known.json"
        self.triage(path, "--baseline", known, "--update-baseline")
        self.triage(path, "--baseline", known)
        more = self.put("more", shifted(FINDINGS[0], 5) + "\n" + FINDINGS[5])
        said = self.triage(more, "--baseline", known, status=1)
        self.assertEqual(said.count("NEW "), 1)
        bugs, _ = self.bugs(more, "--baseline", known, "--new", status=1)
        self.assertEqual([bug["fingerprint"] for bug in bugs],
                         [json.loads(FINDINGS[5])["fingerprint"]])
        self.triage(more, "--baseline", known, "--update-baseline")
        self.triage(more, path, "--baseline", known)
        rows = json.loads((self.folder / known).read_text())["bugs"]
        self.assertEqual(len(rows), len({row["fingerprint"]
                                         for row in rows}))

    def test_warnings_and_consequences_do_not_fail(self):
        cause, other = json.loads(FINDINGS[0]), json.loads(FINDINGS[1])
        known = "known.json"
        self.triage(self.put("f", FINDINGS[0]), "--baseline", known,
                    "--update-baseline")
        after = {**other, "follows": cause["fingerprint"]}
        self.triage(self.put("g", json.dumps(after)), "--baseline", known)
        mild = self.put("h", json.dumps({**other, "severity": "warning"}))
        self.triage(mild, "--baseline", known)
        self.triage(mild, "--baseline", known, "--warnings-are-errors",
                    status=1)

    def test_a_consequence_of_nothing_that_is_known(self):
        """Its cause may be in a file that was not given."""
        self.triage(self.put("f", FINDINGS[0]), "--baseline", "known.json",
                    "--update-baseline")
        after = {**json.loads(FINDINGS[1]), "follows": "ab" * 8}
        self.triage(self.put("g", json.dumps(after)), "--baseline",
                    "known.json", status=1)

    def test_damaged(self):
        bad = self.put("bad.json", '{"bugs": 3}')
        done = self.refsan("triage", SEEDS / "tsan.log", "--baseline", bad)
        self.assertEqual(done.returncode, 2)
        self.assertIn("is no baseline", done.stderr)

    def test_every_kind_has_a_risk(self):
        self.assertEqual([kind.slug for kind in tables.bugs()
                          if kind.slug not in severity.KINDS], [])

    def test_a_full_disk(self):
        done = self.refsan("triage", SEEDS / "tsan.log", "-o", "/dev/full")
        self.assertEqual((done.returncode, done.stderr), (
            2, "refsan: cannot write /dev/full: No space left on device\n"))

    def test_suppress(self):
        said = self.triage(SEEDS / "findings.jsonl", SEEDS / "tsan.log",
                           "--suppress")
        self.assertIn("  suppress  race:add\n", said)
        line = json.loads(FINDINGS[0])["suppress"]
        self.assertIn(f"  suppress  {line}\n", said)


class Progress(TriageTest):
    def test_on_a_terminal(self):
        """Shown when it takes long, and gone at the end."""
        self.put("x", "\n".join(FINDINGS))
        with mock.patch.object(triage, "PATIENCE", -1), mock.patch.object(
                triage, "EVERY", -1):
            done = self.refsan("triage", "x", on_terminal=True)
        self.assertRegex(done.stderr, r"^\rrefsan triage: \[#+ *\] \d+ MiB"
                                      r".*\r\x1b\[K$")
        self.assertNotIn("MiB", done.stdout)


class BadInput(TriageTest):
    """A good report is never lost, and what is not read is counted."""

    def test_glued_and_cut(self):
        first, second = FINDINGS[:2]
        glued = self.put("glued", first[:300] + second + "\n"
                         + second + first + "\n" + "noise" + first + "\n"
                         + first[:500])
        bugs, [source] = self.bugs(glued)
        self.assertEqual(sorted(bug["count"] for bug in bugs), [2, 2])
        self.assertTrue(any("cut short" in row["words"]
                            for row in source["problems"]))

    def test_zeros_and_other_bytes(self):
        first, second = (line.encode() for line in FINDINGS[:2])
        data = b"\0" * 50 + first + b"\n\xff\xfe\0\n" + second + b"\r\n"
        bugs, [source] = self.bugs(self.put("x", data))
        self.assertEqual(len(bugs), 2)
        self.assertTrue(source["problems"])

    def test_other_versions(self):
        finding = {**json.loads(FINDINGS[0]), "schema": 9, "kind": "newer",
                   "stacks": [{"role": 7, "frames": "none"}], "object": [],
                   "threads": {}, "extra": {"a": [1]}}
        [bug], [source] = self.bugs(self.put("x", json.dumps(finding)))
        self.assertEqual(bug["kind"], "newer")
        self.assertIn("another version", source["problems"][0]["words"])
        self.assertIn("newer", self.triage(self.folder / "x"))

    def test_deep_and_huge(self):
        for words in ['{"schema": 1, "kind": ' + "[" * 200_000,
                      '{"schema": 1, "kind": "leak", "pid": ' + "9" * 9999
                      + "}", '{"schema": 1, "kind": "leak", "stacks": '
                      + json.dumps([{"frames": [{}] * 5000}] * 50) + "}"]:
            self.triage(self.put("x", words + "\n" + FINDINGS[0]))
            bugs, _ = self.bugs(self.folder / "x")
            self.assertIn(json.loads(FINDINGS[0])["fingerprint"],
                          [bug["fingerprint"] for bug in bugs])

    def test_text_reports_are_named(self):
        _, [source] = self.bugs(self.put("x", "refsan: leak: words\n"))
        self.assertIn("--jsonl", source["problems"][0]["words"])

    def test_words_do_not_reach_the_terminal(self):
        finding = json.loads(FINDINGS[0])
        finding["object"]["type"] = "\x1b[31mT\u202e\nrefsan: forged"
        finding["test"] = "\x1b]0;title\x07"
        said = self.triage(self.put("x", json.dumps(finding)))
        self.assertNotRegex(said, "[\x00-\x09\x0b-\x1f\u202e]")
        self.assertNotIn("\nrefsan: forged", said)

    def test_orders_do_not_matter(self):
        """Any order of the same lines says the same bugs, as often."""
        chance = random.Random(3)
        lines = [line for line in FINDINGS for _ in range(3)]
        wanted = None
        for _ in range(3):
            chance.shuffle(lines)
            bugs, _ = self.bugs(self.put("x", "\n".join(lines)))
            said = {bug["fingerprint"]: bug["count"] for bug in bugs}
            self.assertIn(wanted, (None, said))
            wanted = said


if __name__ == "__main__":
    unittest.main()
