# SPDX-License-Identifier: MIT
"""Reports as bugs. Of each bug one report is kept, on disk when there are many;
of the others only what is counted."""

import json
import tempfile

MOST_NAMES = 1000  # of tests, interpreters, files of one bug
IN_MEMORY = 64 << 20  # bytes of reports


class Seen:
    """Where and when a report was."""
    __slots__ = "file", "line", "pid", "test"

    def __init__(self, file, line, pid, test):
        self.file, self.line, self.pid, self.test = file, line, pid, test

    def json(self):
        return {"file": self.file, "line": self.line, "pid": self.pid,
                "test": self.test}


class Bug:
    __slots__ = ("fingerprint", "kind", "source", "count", "first", "last",
                 "tests", "interpreters", "files", "follows", "following",
                 "at", "size", "is_whole")

    def __init__(self, fingerprint, kind, source):
        self.fingerprint, self.kind, self.source = fingerprint, kind, source
        self.count = self.following = 0
        self.first = self.last = self.follows = None
        self.tests, self.interpreters, self.files = {}, {}, {}
        self.at = self.size = 0
        self.is_whole = False

    def see(self, seen, host, follows, times=1):
        self.count += times
        if self.first is None:
            self.first = seen
        self.last = seen
        count_in(self.files, seen.file, times)
        if seen.test is not None:
            count_in(self.tests, seen.test, times)
        if host is not None:
            count_in(self.interpreters, host, times)
        if follows is not None and follows != self.fingerprint:
            self.follows = self.follows or follows
            self.following += times

    @property
    def is_consequence(self):
        """Was it never seen without another one before it?"""
        return self.following > 0 and self.following == self.count


def count_in(table, name, times):
    if name in table or len(table) < MOST_NAMES:
        table[name] = table.get(name, 0) + times


class Bugs:
    def __init__(self):
        self.known = {}  # (kind, fingerprint) -> Bug
        self.kept = tempfile.SpooledTemporaryFile(max_size=IN_MEMORY)
        self.end = 0
        self.store = None  # store.Store, where everything is kept

    def add(self, report, seen, follows=None):
        """A report that was read whole. Returns its bug."""
        key = report["kind"], report["fingerprint"]
        bug = self.known.get(key)
        if bug is None:
            bug = self.known[key] = Bug(key[1], key[0], report["source"])
        if not bug.size or not bug.is_whole and not report.get("cut"):
            self._keep(bug, report)
        follows = report.get("follows") or follows
        bug.see(seen, report.get("host"), follows)
        if self.store:
            self.store.add(bug, seen, report.get("host"), follows,
                           json.dumps(report).encode())
        return bug

    def restore(self, bug, report):
        """A bug that was counted elsewhere; what is known of it already
        stays."""
        known = self.known.setdefault((bug.kind, bug.fingerprint), bug)
        if known is bug:
            self._keep(bug, report)
            return
        known.count += bug.count
        known.following += bug.following
        known.follows = known.follows or bug.follows

    def _keep(self, bug, report):
        text = json.dumps(report, separators=(",", ":")).encode()
        self.kept.seek(self.end)
        self.kept.write(text)
        bug.at, bug.size = self.end, len(text)
        bug.is_whole = not report.get("cut")
        self.end += len(text)

    def report(self, bug):
        self.kept.seek(bug.at)
        return json.loads(self.kept.read(bug.size))

    def close(self):
        self.kept.close()

    def all(self):
        return list(self.known.values())
