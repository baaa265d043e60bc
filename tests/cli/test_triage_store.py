# SPDX-License-Identifier: MIT
"""refsan triage --store, and the query of docs/triage.md. DuckDB comes from
PyPI, once, into .refsan/packages; without it this is skipped."""

import json
import os
import pathlib
import re
import subprocess
import sys
import unittest
from unittest import mock

from in_process import ROOT, InProcessTest

SEEDS = ROOT / "tests/fuzz/seeds/triage"
CACHE = ROOT / ".refsan/packages"
MINUTES = 60


def packages():
    """The folder that has duckdb, or None."""
    if os.environ.get("REFSAN_PACKAGES"):
        return pathlib.Path(os.environ["REFSAN_PACKAGES"])
    if not (CACHE / "duckdb").is_dir():
        done = subprocess.run(
            [sys.executable, "-m", "pip", "install", "--quiet",
             "--disable-pip-version-check", "--no-input", "--target", CACHE,
             "duckdb"], capture_output=True, text=True, timeout=8 * MINUTES)
        if done.returncode:
            print(f"pip cannot install duckdb:\n{done.stderr[-500:]}")
            return None
    return CACHE


class Store(InProcessTest):
    def setUp(self):
        super().setUp()
        self.environment["REFSAN_PACKAGES"] = str(PACKAGES)

    def triage(self, *arguments, status=0):
        done = self.refsan("triage", "--format", "json", *arguments)
        self.assertEqual((done.returncode, done.stderr), (status, ""))
        return json.loads(done.stdout)["bugs"]

    def query(self, words):
        """On DuckDB itself, as a reader of the page would."""
        done = subprocess.run(
            [sys.executable, "-c", "import duckdb, json, sys; "
             "print(json.dumps(duckdb.sql(sys.argv[1]).fetchall(), "
             "default=str))", words],
            env={**os.environ, "PYTHONPATH": str(PACKAGES)},
            cwd=self.folder, capture_output=True, text=True)
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        return json.loads(done.stdout)

    def test_the_documented_query(self):
        found = self.triage("--store", "store", *SEEDS.iterdir())
        page = (ROOT / "docs/triage.md").read_text()
        [query] = re.findall(r"```sql\n(.*?)```", page, re.DOTALL)
        rows = self.query(query)
        self.assertEqual({row[0]: row[2] for row in rows},
                         {bug["fingerprint"]: bug["count"] for bug in found})

    def test_read_again(self):
        """The folder says what its files said, and every report is in it."""
        paths = list(SEEDS.iterdir())
        found = self.triage("--store", "store", *paths)
        again = self.triage("store")
        for name in ("fingerprint", "kind", "count", "title", "tests",
                     "interpreters", "place"):
            self.assertEqual({bug["fingerprint"]: bug[name] for bug in found},
                             {bug["fingerprint"]: bug[name] for bug in again},
                             name)
        self.triage("--store", "store", *paths[:2])
        twice = self.triage("store")
        self.assertGreater(sum(bug["count"] for bug in twice),
                           sum(bug["count"] for bug in again))

    def test_damaged_lines(self):
        """One that is damaged where nobody looked spoils no other."""
        line = (SEEDS / "findings.jsonl").read_bytes().split(b"\n")[0]
        at = len(line) * 3 // 4
        bad = line[:at] + b'\0"\xff,' + line[at:]
        path = self.folder / "x.jsonl"
        path.write_bytes(line + b"\n" + bad + b"\n" + line + b"\n")
        [bug] = self.triage("--store", "store", path)
        self.assertEqual(bug["count"], 3)
        self.assertEqual(self.query("SELECT count(*) FROM read_parquet("
                                    "'store/*/*/*.parquet')"), [[3]])

    def test_nothing_is_left_of_a_failure(self):
        (self.folder / "store").write_text("a file")
        done = self.refsan("triage", "--store", "store", SEEDS / "tsan.log")
        self.assertEqual(done.returncode, 2)
        self.assertRegex(done.stderr, "^refsan: cannot write store: .*\n$")
        done = self.refsan("triage", "--store", "good", SEEDS / "tsan.log",
                           "/no/such/file")
        self.assertEqual(done.returncode, 2)
        self.assertEqual(list((self.folder / "good").iterdir()), [])

    def test_no_store(self):
        (self.folder / "empty").mkdir()
        done = self.refsan("triage", "empty")
        self.assertEqual(done.returncode, 2)
        self.assertIn("no store", done.stderr)


class Without(InProcessTest):
    def test_what_to_install(self):
        """Everything else works without the package."""
        with mock.patch.dict(sys.modules, {"duckdb": None}):
            done = self.refsan("triage", SEEDS / "tsan.log", "--store", "s")
            self.assertEqual(done.returncode, 2)
            self.assertIn("pip install duckdb", done.stderr)
            done = self.refsan("triage", SEEDS / "tsan.log")
            self.assertEqual(done.returncode, 0)


if __name__ == "__main__":
    PACKAGES = packages()
    if PACKAGES is None:
        sys.exit(77)
    unittest.main()
