# SPDX-License-Identifier: MIT
"""Fatal errors of CPython, and what faulthandler dumps of them."""

import re

from .base import PLACE, Reader, native, python, stack

FATAL = re.compile(r"^(?:Fatal Python error|Windows fatal exception): (.*)$")
NEGATIVE = re.compile(r"^(?P<place>\S+:\d+): (?P<function>\w+): (?P<words>"
                      r"Assertion.*)$")
ASSERTION = re.compile(r"^(?P<program>[^\s:]+): (?P<place>[^\s:]+:\d+): "
                       r"(?P<function>.*): Assertion [`'](?P<words>.*)' failed")
THREAD = re.compile(r"^(?P<current>Current thread|Thread) (?P<id>0x[0-9a-f]+)"
                    r"(?: \[(?P<name>[^\]]*)\])?.*\(most recent call first\):")
NATIVE = re.compile(r"^Current thread's C stack trace \(most recent call "
                    r"first\):")
PYTHON_FRAME = re.compile(r'^  File "(?P<file>.*)", line (?P<line>\d+|\?\?\?)'
                          r"(?: in (?P<function>.*))?$")
C_FRAME = re.compile(r'^  Binary file "(?P<module>.*)", at (?P<function>[^+\s]*)'
                     r"\+?(?P<offset>0x[0-9a-f]+)? \[(?P<address>0x[0-9a-f]+)\]")
FIELDS = re.compile(r"^(?:Python runtime state:|object (?:address|refcount|type|"
                    r"type name|repr) *:|Extension modules:|  ?<|  \.\.\.|"
                    r"Enable tracemalloc|Memory block allocated|"
                    r"Garbage-collecting|<object at|Faulting|Cannot show all|"
                    r"The type of|.*\bfunction .* (?:returned|without))")
TYPE = re.compile(r"^object type name: *(.*)$")
ADDRESS = re.compile(r"^object address *: *(0x[0-9a-f]+)")
SIGNALS = {"Segmentation fault": "segv", "Bus error": "segv", "Aborted": "abort",
           "Illegal instruction": "segv", "Floating-point exception": "abort",
           "Floating point exception": "abort"}


class Fatal(Reader):
    """A fatal error, its explanation and its dumps, in the order they come."""
    name = "faulthandler"

    def __init__(self):
        self.words = self.type = self.address = self.origin = None
        self.threads, self.native, self.current = [], [], None
        self.is_native = self.is_fatal = False
        self.blanks = 0

    @classmethod
    def begins(cls, line):
        self = cls()
        if FATAL.match(line) or NEGATIVE.match(line) or ASSERTION.match(line):
            self.take(line)
            return self
        if line.startswith(("Current thread 0x", "Thread 0x")) and (
                THREAD.match(line)):
            self.take(line)
            return self
        return None

    def owns(self, line):
        if FATAL.match(line):
            return not self.is_fatal and not self.threads
        return THREAD.match(line) is not None and not (
            self.words and line.startswith("Current") and any(
                row["is_current"] for row in self.threads))

    def take(self, line):
        if not line.strip():
            self.blanks += 1
            return self.blanks < 3
        known = self._head(line) or self._frame(line) or FIELDS.match(line)
        if known:
            self.blanks = 0
        return bool(known)

    def _head(self, line):
        if match := FATAL.match(line):
            if self.is_fatal or self.threads:
                return False
            self.is_fatal, self.words = True, self.words or match[1]
        elif match := NEGATIVE.match(line) or ASSERTION.match(line):
            place = PLACE.match(match["place"])
            self.origin = native(match["function"], place["file"],
                                 place["line"])
            self.words = self.words or match["words"]
        elif match := THREAD.match(line):
            self.is_native = False
            self.current = {"is_current": match["current"] != "Thread",
                            "id": match["id"], "name": match["name"],
                            "frames": []}
            self.threads.append(self.current)
        elif NATIVE.match(line):
            self.is_native = True
        elif match := TYPE.match(line):
            self.type = match[1]
        elif match := ADDRESS.match(line):
            self.address = match[1]
        else:
            return False
        return True

    def _frame(self, line):
        if match := PYTHON_FRAME.match(line):
            if self.current is not None:
                number = match["line"]
                self.current["frames"].append(python(
                    match["function"], match["file"],
                    number if number.isdecimal() else None))
        elif match := C_FRAME.match(line):
            self.native.append(native(
                match["function"] or None, module=match["module"],
                offset=match["offset"], address=match["address"]))
        else:
            return False
        return True

    def _kind(self):
        words = self.words or ""
        if "refcount" in words.lower() or "ref count" in words:
            return "negative-refcount"
        return SIGNALS.get(words, "fatal-error")

    def reports(self):
        if self.words is None and not any(
                row["is_current"] for row in self.threads):
            return []  # faulthandler.dump_traceback() of a living process
        rows = sorted(self.threads, key=lambda row: not row["is_current"])
        first = rows[0]["frames"] if rows and rows[0]["is_current"] else []
        own = ([self.origin] if self.origin else []) + self.native
        stacks = [stack("crashed", own, first, 1)]
        stacks += [stack(f"meanwhile in thread {row['id']}", (), row["frames"],
                         number) for number, row in enumerate(rows, 1)
                   if row["frames"] is not first]
        self.name = ("faulthandler" if self.words in SIGNALS
                     else "cpython")
        return [{"kind": self._kind(), "severity": "error",
                 "title": f"Fatal Python error: {self.words or 'not said'}",
                 "stacks": stacks, "evidence": [],
                 "object": self.address and {"address": self.address,
                                             "type": self.type},
                 "threads": [{"id": number, "name": row["name"]}
                             for number, row in enumerate(rows, 1)]}]


READERS = (Fatal,)
