# SPDX-License-Identifier: MIT
"""What `refsan triage` writes for other programs: JSON by its schema, SARIF,
JUnit, GitHub, casrep, Markdown, traces. REFSAN_SARIF_SCHEMA names a copy of the
official schema of SARIF 2.1.0, which is validated against, too."""

import json
import os
import pathlib
import re
import sys
import unittest
import xml.etree.ElementTree

from in_process import ROOT, InProcessTest

SEEDS = ROOT / "tests/fuzz/seeds/triage"
FINDINGS = (SEEDS / "findings.jsonl").read_text().splitlines()
HOSTILE = ("</failure>]]>&<b>`|@all [x](y)\x1b\r\n::error::x%0A\x00\ud800"
           "```\n# head")
try:
    import jsonschema
except ImportError:
    jsonschema = None


def strict(node):
    """The schema, without room for members that it does not name."""
    if isinstance(node, list):
        return [strict(value) for value in node]
    if not isinstance(node, dict):
        return node
    node = {key: strict(value) for key, value in node.items()}
    if "properties" in node and node.get("type") == "object":
        node["additionalProperties"] = False
    return node


class FormatTest(InProcessTest):
    def written(self, name, *files, more=()):
        done = self.refsan("triage", "--format", name, *more,
                           *(files or SEEDS.iterdir()))
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        return done.stdout

    def hostile(self):
        row = json.loads(FINDINGS[0])
        row |= {"summary": HOSTILE, "test": HOSTILE, "host": HOSTILE,
                "hint": HOSTILE, "suppress": HOSTILE, "kind": HOSTILE}
        row["object"]["type"] = HOSTILE
        for stack in row["stacks"]:
            for frame in stack["frames"]:
                frame |= {"function": HOSTILE, "file": HOSTILE}
        path = self.folder / "hostile.jsonl"
        path.write_text(json.dumps(row))
        return path


class Json(FormatTest):
    @unittest.skipUnless(jsonschema, "there is no package jsonschema")
    def test_schema(self):
        schema = json.loads((ROOT / "docs/triage.schema.json").read_text())
        jsonschema.Draft202012Validator.check_schema(schema)
        validator = jsonschema.Draft202012Validator(strict(schema))
        for files in (), (self.hostile(),):
            said = json.loads(self.written("json", *files))
            for error in validator.iter_errors(said):
                self.fail(f"{error.json_path}: {error.message}")
        said["bugs"][0]["count"] = "many"
        self.assertFalse(validator.is_valid(said))

    def test_a_bug_a_line(self):
        lines = self.written("json").splitlines()
        for line in lines[1:-1]:
            json.loads(line.rstrip(","))


class Sarif(FormatTest):
    def check(self, files=()):
        log = json.loads(self.written("sarif", *files))
        self.assertEqual(log["version"], "2.1.0")
        [run] = log["runs"]
        rules = [rule["id"] for rule in run["tool"]["driver"]["rules"]]
        self.assertEqual(len(set(rules)), len(rules))
        for result in run["results"]:
            self.assertEqual(rules[result["ruleIndex"]], result["ruleId"])
            self.assertRegex(result["partialFingerprints"]["refsan/v1"], ".")
            for flow in result.get("codeFlows", []):
                for thread in flow["threadFlows"]:
                    self.assertTrue(thread["locations"])
        schema = os.environ.get("REFSAN_SARIF_SCHEMA")
        if schema and jsonschema:
            jsonschema.Draft4Validator(json.loads(
                pathlib.Path(schema).read_text())).validate(log)
        return run["results"]

    def test_real(self):
        results = self.check()
        race = next(result for result in results
                    if result["ruleId"] == "decref-after-zero")
        stacks, history = race["codeFlows"]
        self.assertGreater(len(stacks["threadFlows"]), 1)
        orders = [step["executionOrder"] for thread in history["threadFlows"]
                  for step in thread["locations"]]
        self.assertEqual(sorted(orders), list(range(len(orders))))

    def test_hostile(self):
        self.check([self.hostile()])


class Others(FormatTest):
    def test_junit(self):
        for files in (), (self.hostile(),):
            suite = xml.etree.ElementTree.fromstring(
                self.written("junit", *files))[0]
            cases = suite.findall("testcase")
            self.assertEqual(len(cases), int(suite.get("tests")))
            self.assertEqual(len(suite.findall("testcase/failure")),
                             int(suite.get("failures")))
        self.assertIn("<b>", cases[0][0].text)

    def test_junit_with_a_baseline(self):
        self.written("text", SEEDS / "tsan.log",
                     more=["--baseline", "b", "--update-baseline"])
        suite = xml.etree.ElementTree.fromstring(self.written(
            "junit", SEEDS / "tsan.log", more=["--baseline", "b"]))[0]
        self.assertEqual((suite.get("failures"), suite.get("skipped")),
                         ("0", "1"))

    def test_github(self):
        line = self.written("github", SEEDS / "tsan.log").strip()
        self.assertRegex(line, r"^::error file=/src/race\.c,line=4,"
                               r"title=data-race%3A .*::.*%0Aseen 1 time")
        said = self.written("github", self.hostile())
        self.assertEqual(len(said.splitlines()), 1)
        self.assertEqual(said.count("::error"), 2)  # one is words
        self.assertTrue(said.startswith("::error "))

    def test_casrep(self):
        for line in self.written("casrep").splitlines():
            report = json.loads(line)
            self.assertIn(report["CrashSeverity"]["Type"],
                          {"EXPLOITABLE", "PROBABLY_EXPLOITABLE",
                           "NOT_EXPLOITABLE", "UNDEFINED"})
            self.assertIsInstance(report["Stacktrace"], list)
        first = json.loads(self.written("casrep", SEEDS / "asan.log"))
        self.assertRegex(first["Stacktrace"][0], r"^#0  use \(\) at .*:5$")
        self.assertRegex(first["CrashLine"], r"uaf\.c:5$")

    def test_markdown(self):
        said = self.written("markdown", SEEDS / "asan.log")
        self.assertRegex(said, r"(?s)^### .*\| Severity \|.*```text\n.*\n```$")
        said = self.written("markdown", self.hostile())
        outside = re.sub(r"(?s)(`{3,})text\n.*?\n\1\n", "", said)
        outside = re.sub(r"(?<!\\)(`+)(?!`).*?(?<!`)\1(?!`)", "", outside)
        self.assertNotRegex(outside, r"(?m)(?<!\\)[<>@\[]|^# ")

    def test_timeline(self):
        row = json.loads(FINDINGS[0])
        for name in row["fingerprint"][:8], row["object"]["address"]:
            trace = json.loads(self.written("text", SEEDS / "findings.jsonl",
                                            more=["--timeline", name]))
            events = trace["traceEvents"]
            done = [event for event in events if event["ph"] == "X"]
            self.assertEqual([event["ts"] for event in done],
                             list(range(len(done))))
            self.assertEqual(done[-1]["cat"], "finding")
            self.assertEqual({event["args"]["name"] for event in events
                              if event["name"] == "thread_name"},
                             {"main thread", "T2 'worker'"})

    def test_output(self):
        self.assertEqual(self.written("json", more=["-o", "x.json"]), "")
        json.loads((self.folder / "x.json").read_text())
        done = self.refsan("triage", "-o", "/no/such/x", SEEDS / "tsan.log")
        self.assertEqual(done.returncode, 2)
        self.assertRegex(done.stderr, "^refsan: cannot write /no/such/x: ")

    def test_widths(self):
        """No line is wider than the page, but places and what is copied."""
        for width in 80, 120:
            done = self.refsan("triage", SEEDS / "findings.jsonl",
                               SEEDS / "tsan.log",
                               environment={"COLUMNS": str(width)})
            for line in done.stdout.splitlines():
                if not re.match(r"\S+:\d+: |    at |  suppress ", line):
                    self.assertLessEqual(len(line), width, line)


if __name__ == "__main__":
    program = unittest.main(exit=False)
    if not program.result.wasSuccessful():
        sys.exit(1)
    if jsonschema is None:
        print("there is no package jsonschema: no schema was compared")
        sys.exit(77)
