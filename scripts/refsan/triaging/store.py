# SPDX-License-Identifier: MIT
"""Every report, as Parquet: DIR/day=2026-11-26/kind=leak/RUN-….parquet, which
any engine for tables reads as it is. DuckDB writes it.

Reading and grouping need no engine (readers/findings.py): a loop in Python is
bound by memory's speed, too, and reads what is damaged. What needs one is
everything that comes later: months of runs, and questions nobody has foreseen.

Rows go through a file of JSON lines, a batch at a time, so that memory and disk
stay the same however much is read. The files of a call are moved into DIR when
all are written: a call that fails leaves nothing."""

import glob
import json
import os
import re
import shutil
import tempfile
import time
import uuid

from ..mistake import Mistake
from . import packages
from .sources import STDIN

BATCH = 192 << 20  # bytes of JSON
MEMORY = "600MB"
SHORTEST = 1 << 20  # what DuckDB must reckon with for one report
COLUMNS = {"kind": "VARCHAR", "bug": "VARCHAR", "source": "VARCHAR",
           "seen": "TIMESTAMP", "run": "VARCHAR", "file": "VARCHAR",
           "line": "BIGINT", "pid": "BIGINT", "test": "VARCHAR",
           "host": "VARCHAR", "follows": "VARCHAR", "report": "VARCHAR"}
PLAIN_KIND = re.compile(r"[a-z]+(?:-[a-z]+)*")  # it becomes a folder's name
COPY = """
COPY (SELECT strftime(seen, '%Y-%m-%d') AS day, *
      FROM read_json(?, format = 'newline_delimited', columns = {columns},
                     maximum_object_size = {longest}))
TO '{folder}' (FORMAT parquet, COMPRESSION zstd, PARTITION_BY (day, kind),
               FILENAME_PATTERN '{run}-{batch}-{{i}}', OVERWRITE_OR_IGNORE)
"""


def quoted(words):
    return words.replace("'", "''")


def connect(duckdb, folder):
    return duckdb.connect(config={
        "memory_limit": MEMORY, "threads": 2, "temp_directory": folder,
        "preserve_insertion_order": False})


def first_line(error):
    return (str(error).splitlines() or [type(error).__name__])[0]


def needed():
    duckdb = packages.find("duckdb")
    if duckdb is None:
        raise Mistake("a store needs the package duckdb: "
                      + packages.advice("duckdb"))
    return duckdb


class Store:
    """To add to."""

    def __init__(self, folder):
        self.duckdb = needed()
        self.folder = folder
        self.run = uuid.uuid4().hex[:12]
        self.batch = self.size = 0
        self.file = self.seen = None
        self.heads = {}
        try:
            os.makedirs(folder, exist_ok=True)
            self.work = tempfile.mkdtemp(prefix=".adding-", dir=folder)
            self._open()
        except OSError as error:
            raise Mistake(f"cannot write {folder}: "
                          f"{error.strerror}") from error

    def _open(self):
        self.file = open(os.path.join(self.work, "batch.json"), "wb",
                         buffering=1 << 20)
        self.size, self.longest = 0, SHORTEST

    def begin(self, path):
        """Reports have no time of their own: that of their file counts."""
        try:
            changed = os.path.getmtime(path)
        except OSError:
            changed = time.time()
        if path == STDIN:
            changed = time.time()
        self.seen = time.strftime("%Y-%m-%d %H:%M:%S", time.gmtime(changed))
        self.heads.clear()

    def add(self, bug, seen, host, follows, report):
        """`report` is a line of JSON."""
        key = bug.kind, bug.fingerprint, seen.file, seen.test, host, follows
        head = self.heads.get(key)
        if head is None:
            if len(self.heads) > 1 << 16:
                self.heads.clear()
            kind = (bug.kind if PLAIN_KIND.fullmatch(bug.kind) else "other")
            head = self.heads[key] = json.dumps({
                "kind": kind, "bug": bug.fingerprint, "source": bug.source,
                "seen": self.seen, "run": self.run, "file": seen.file,
                "test": seen.test, "host": host, "follows": follows,
            }).encode()[:-1]
        # As a string: what is damaged in it spoils no other row.
        words = json.dumps(report.decode(errors="replace").replace("\0", ""))
        row = b'%s, "line": %d, "pid": %s, "report": %s}\n' % (
            head, seen.line, b"null" if seen.pid is None
            else str(seen.pid).encode(), words.encode())
        try:
            self.file.write(row)
            self.size += len(row)
            self.longest = max(self.longest, len(row) + 1)
            if self.size >= BATCH:
                self._write()
        except OSError as error:
            raise Mistake(f"cannot write {self.folder}: "
                          f"{error.strerror}") from error

    def _write(self):
        """A batch becomes Parquet."""
        self.file.close()
        columns = "{" + ", ".join(
            f"'{name}': '{kind}'" for name, kind in COLUMNS.items()) + "}"
        connection = connect(self.duckdb, os.path.join(self.work, "spill"))
        try:
            connection.execute(COPY.format(
                columns=columns, run=self.run, batch=self.batch,
                longest=self.longest,
                folder=quoted(os.path.join(self.work, "new"))),
                [os.path.join(self.work, "batch.json")])
        except self.duckdb.Error as error:
            raise Mistake(f"cannot write {self.folder}: "
                          + first_line(error)) from error
        finally:
            connection.close()
        self.batch += 1
        self._open()

    def finish(self):
        if self.size:
            self._write()
        new = os.path.join(self.work, "new")
        try:
            for above, _, names in os.walk(new):
                for name in names:
                    target = os.path.join(
                        self.folder, os.path.relpath(above, new))
                    os.makedirs(target, exist_ok=True)
                    os.rename(os.path.join(above, name),
                              os.path.join(target, name))
        except OSError as error:
            raise Mistake(f"cannot write {self.folder}: "
                          f"{error.strerror}") from error

    def close(self):
        self.file.close()
        shutil.rmtree(self.work, ignore_errors=True)


FILES = "day=*/kind=*/*.parquet"
ROWS = "FROM read_parquet(?, hive_partitioning = true, union_by_name = true)"
BUGS = f"""
SELECT bug, any_value(source), count(*), count(follows), min(follows),
       arg_max(report, length(report)),
       arg_min({{'file': file, 'line': line, 'pid': pid, 'test': test}}, seen),
       arg_max({{'file': file, 'line': line, 'pid': pid, 'test': test}}, seen)
{ROWS} GROUP BY bug, kind
"""
NAMES = f"""
SELECT bug, {{name}}, count(*) {ROWS}
WHERE {{name}} IS NOT NULL GROUP BY ALL ORDER BY ALL
"""


def read(folder, bugs, source):
    """All bugs of a store. The engine groups; a bug's longest report is
    shown."""
    from .grouping import Bug, Seen, count_in
    from .readers import clean
    files = os.path.join(glob.escape(folder), FILES)
    if next(glob.iglob(files), None) is None:
        raise Mistake(f"{folder} is a folder, and no store")
    duckdb = needed()
    by_fingerprint = {}
    with tempfile.TemporaryDirectory() as spill:
        connection = connect(duckdb, spill)
        try:
            for row in connection.execute(BUGS, [files]).fetchall():
                report = clean.report(json.loads(row[5]), row[1])
                report["fingerprint"] = row[0]
                bug = Bug(row[0], report["kind"], row[1])
                bug.count, bug.following, bug.follows = row[2:5]
                bug.first, bug.last = (Seen(**own) for own in row[6:8])
                bugs.restore(bug, report)
                by_fingerprint[row[0]] = bug
                source.count("store", row[2])
            for name, into in (("test", "tests"), ("host", "interpreters"),
                               ("file", "files")):
                for fingerprint, value, count in connection.execute(
                        NAMES.format(name=name), [files]).fetchall():
                    if fingerprint in by_fingerprint:
                        count_in(getattr(by_fingerprint[fingerprint], into),
                                 value, count)
        except (duckdb.Error, ValueError, TypeError) as error:
            raise Mistake(f"{folder} is no store that can be read: "
                          + first_line(error)) from error
        finally:
            connection.close()
