# SPDX-License-Identifier: MIT
"""Findings and crash records of refsan, one to a line (docs/json.md).

A line of a bug that is known already is not parsed: what is counted stands at
its beginning. That is how a million of them are read in seconds. A line that
looks odd, in whatever way, is parsed."""

import json
import re

from .. import fingerprints
from ..grouping import Seen
from . import clean

BEGIN = re.compile(rb'\{"schema": ?\d')
STRING = rb'"(?:[^"\\\x00-\x1f\x80-\xff]|\\["\\/bfnrtu]){0,4000}"'
HEAD = re.compile(
    rb'\{"schema": ?1, ?"kind": ?"([a-z-]{1,64})", ?"severity": ?"(?:error|'
    rb'warning)", ?"summary": ?"[^"\\]{0,400}", ?"fingerprint": ?'
    rb'"([0-9a-f]{16})"(?:, ?"follows": ?"([0-9a-f]{16})")?, ?"pid": ?'
    rb'(\d{1,10}), ?"host": ?(' + STRING + rb'|null), ?"tier": ?"[a-z]{1,20}"'
    rb'(?:, ?"gil": ?[a-z]{4,5})?(?:, ?"test": ?(' + STRING + rb'|null))?, ?"')
SCHEMA = 1
FORMAT = "refsan"
DECODER = json.JSONDecoder()


class Findings:
    def __init__(self, bugs, source):
        self.bugs, self.source = bugs, source
        self.known = bugs.known
        self.names = {}  # bytes as they stand in lines -> str

    def take(self, line, number):
        """Whether there was a finding in it."""
        head = HEAD.match(line)
        if head and line.endswith(b"}") and line.find(
                b'{"schema"', 1) < 0 and self._count(head, number):
            self.source.count(FORMAT)
            return True
        return self._parse(line, number)

    def _count(self, head, number):
        kind, fingerprint, follows, pid, host, test = head.groups()
        bug = self.known.get((kind.decode(), fingerprint.decode()))
        if bug is None or not bug.is_whole:
            return False
        line = head.string
        if not follows and line.find(b'"follows":') > 0 or (
                not test and line.find(b'"test":') > 0):
            return False  # they stand where this does not look
        seen = Seen(self.source.name, number, int(pid), self._name(test))
        host, follows = self._name(host), follows and follows.decode()
        bug.see(seen, host, follows)
        if self.bugs.store:
            self.bugs.store.add(bug, seen, host, follows, line)
        return True

    def _name(self, quoted):
        if quoted is None or quoted == b"null":
            return None
        try:
            return self.names[quoted]
        except KeyError:
            if len(self.names) > 1 << 16:
                self.names.clear()
            try:
                name = clean.text(json.loads(quoted))
            except ValueError:
                name = clean.text(quoted[1:-1].decode(errors="replace"))
            return self.names.setdefault(quoted, name)

    def _parse(self, line, number):
        """Pieces of several lines may have become one: each whole finding in
        it counts."""
        try:
            words = line.decode()
        except UnicodeDecodeError:
            self.source.complain("line with bytes that are not UTF-8")
            words = line.decode(errors="replace")
        if "\0" in words:
            self.source.complain("line with zero bytes")
            words = words.replace("\0", "")
        found = end = 0
        while (at := words.find('{"', end)) >= 0:
            value, after = decode(words, at)
            if after is None:
                end = at + 1
                follow = BEGIN_TEXT.search(words, end)
                if not follow:
                    break
                end = follow.start()
                continue
            end = after
            found += self._add(value, number)
        if not found and BEGIN_TEXT.search(words):
            self.source.complain("finding cut short or damaged, not read")
            return True
        if found and words[end:].strip() or words[:1] not in "{":
            if found:
                self.source.complain("line with something else beside a "
                                     "finding")
        return bool(found)

    def _add(self, value, number):
        if value.get("type") == "report" and isinstance(
                value.get("finding"), dict):
            value = value["finding"]  # a record of the channel
        if not isinstance(value.get("kind"), str) or not (
                "schema" in value or "stacks" in value):
            return 0
        if value.get("schema") != SCHEMA:
            self.source.complain("finding of another version, read as far as "
                                 "it is known")
        report = clean.report(value, FORMAT)
        if not report["fingerprint"]:
            report["fingerprint"] = fingerprints.of(report)
        self.bugs.add(report, Seen(self.source.name, number, report["pid"],
                                   report.get("test")))
        self.source.count("refsan crash" if "crash" in report else FORMAT)
        return 1


BEGIN_TEXT = re.compile(r'\{"schema": ?\d')


def decode(words, at):
    """(the object there, its end), or (None, None)."""
    try:
        value, end = DECODER.raw_decode(words, at)
    except (ValueError, RecursionError):
        return None, None
    return (value, end) if isinstance(value, dict) else (None, None)
