# SPDX-License-Identifier: MIT
"""The lines of a log, among the readers of other tools' reports.

A reader is a class: begins(line) makes one, or None; take(line) is false at the
first line that is not its own any more; reports() are what it has read.
Reports of several processes may be interleaved: a line "==PID== …" goes to that
process's reader."""

import re

from ... import tables
from .. import fingerprints, skipping
from ..grouping import Seen
from . import clean, crashes, gdb, sanitizers, valgrind

READERS = (*sanitizers.READERS, *valgrind.READERS, *crashes.READERS,
           *gdb.READERS)
PID = re.compile(r"==(\d{1,10})==(?: |$)")  # valgrind's
COLOUR = re.compile(r"\x1b\[[0-9;]*[A-Za-z]")
STAMP = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z ")
TEST = re.compile(r"(?:\[gw\d+\] )?(\S+\.py::\S+)")
TEXT_REPORT = re.compile(r"refsan: ([a-z]+(?:-[a-z]+)*): ")
# What any line that a reader begins with has somewhere, and few others.
MARK = re.compile(rb"Sanitizer|runtime error: |== |Fatal Python|fatal exception|"
                  rb"Assertion|[Tt]hread |signal|#0|::|refsan: ")
MOST_OPEN = 64  # processes whose reports are interleaved
MOST_LINES = 100_000  # of one report


class Logs:
    def __init__(self, bugs, source):
        self.bugs, self.source = bugs, source
        self.open = {}  # process, or "" -> [reader, its first line, lines]
        self.test = None
        self.first_errors = {}  # process -> the fingerprint of its first error

    def take(self, raw, number):
        if not self.open and b"\0" not in raw and not MARK.search(raw):
            return
        if not raw.strip():
            words = ""
        else:
            words = self._text(raw)
        process = PID.match(words)
        key = process[1] if process else ""
        current = self.open.get(key)
        if current and key == "" and self._begin(words, "", number, current):
            return
        if current:
            current[2] += 1
            if current[2] <= MOST_LINES and current[0].take(words):
                return
            self._end(key)
        if words:
            self._begin(words, key, number, None)

    def _text(self, raw):
        if b"\0" in raw:
            self.source.complain("line with zero bytes")
            raw = raw.replace(b"\0", b"")
        try:
            words = raw.decode()
        except UnicodeDecodeError:
            self.source.complain("line with bytes that are not UTF-8")
            words = raw.decode(errors="replace")
        if "\x1b" in words:
            words = COLOUR.sub("", words)
        words = STAMP.sub("", words, count=1)
        return words.rstrip()

    def _begin(self, words, key, number, current):
        """A report that begins ends the one before, unless that knows the
        line itself."""
        if current and current[0].owns(words):
            return False
        for reader in READERS:
            begun = reader.begins(words)
            if begun:
                if key in self.open:
                    self._end(key)
                if len(self.open) >= MOST_OPEN:
                    self._end(next(iter(self.open)))
                self.open[key] = [begun, number, 0]
                return True
        if current is None:
            self._look(words)
        return False

    def _look(self, words):
        test = TEST.match(words)
        if test:
            self.test = test[1]
            return
        report = TEXT_REPORT.match(words)
        if report and report[1] in tables.kinds():
            self.source.complain("report of refsan as text, which is not read "
                                 "(refsan run --jsonl writes what is)")

    def _end(self, key):
        reader, number, _ = self.open.pop(key)
        for row in reader.reports():
            report = clean.report(row, reader.name)
            mark(report)
            report["fingerprint"] = fingerprints.of(report)
            if report["pid"] is None and key:
                report["pid"] = int(key)
            if self.test and not report.get("test"):
                report["test"] = clean.text(self.test)
            follows = None
            pid = report["pid"]
            if pid is not None and report["severity"] == "error":
                follows = self.first_errors.setdefault(
                    pid, report["fingerprint"])
            if follows == report["fingerprint"] or not may_follow(report):
                follows = None
            self.bugs.add(report, Seen(self.source.name, number, pid,
                                       report.get("test")), follows)
            self.source.count(reader.name)

    def finish(self):
        for key in list(self.open):
            reader = self.open[key][0]
            if not reader.is_over():
                self.source.complain("report cut short at the end of the file, "
                                     "read as far as it goes")
            self._end(key)


def mark(report):
    """Frames that say nothing of a place, as refsan's own findings mark them:
    a short report folds these."""
    if report["object"] and report["object"]["type"] is None:
        report["object"]["type"] = "memory"
    for stack in report["stacks"]:
        for frame in stack["frames"]:
            if skipping.kind(frame):
                frame["interpreter"] = True


def may_follow(report):
    """A crash after an error of the same process may come of it."""
    return report["kind"] in ("segv", "segv-null", "abort", "fatal-error",
                              "invalid-read", "invalid-write")
