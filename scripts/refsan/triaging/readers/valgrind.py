# SPDX-License-Identifier: MIT
"""Reports of valgrind's memcheck, helgrind and drd: lines that begin with
"==PID== "."""

import re

from .base import PLACE, Reader, native, stack

LINE = re.compile(r"^==(\d{1,10})== ?(.*)$")
FRAME = re.compile(r"^\s+(?:at|by) (0x[0-9A-Fa-f]+): (.*?)(?: \((.*)\))?$")
TITLES = (
    (r"Invalid read of size", "invalid-read"),
    (r"Invalid write of size", "invalid-write"),
    (r"Invalid free\(\)|Mismatched free\(\)", "invalid-free"),
    (r"Conditional jump or move depends|Use of uninitialised value|"
     r"Syscall param .* uninitialised", "uninitialised"),
    (r"[\d,]+ (?:\([^)]*\) )?bytes in [\d,]+ blocks are (?:definitely|possibly) lost",
     "memory-leak"),
    (r"Possible data race during", "data-race"),
    (r"Conflicting (?:load|store) by", "data-race"),
    (r"Thread #\d+: lock order", "lock-order-inversion"),
    (r"Jump to the invalid address|Process terminating with default action of "
     r"signal 11", "segv"),
    (r"Process terminating with default action of signal 6", "abort"))
TITLES = [(re.compile(pattern), kind) for pattern, kind in TITLES]


class Valgrind(Reader):
    name = "valgrind"

    def __init__(self, pid, kind, words):
        self.pid, self.kind, self.words = int(pid), kind, words
        self.stacks, self.current, self.head = [], None, words
        self.is_complete = self.is_freed = False
        self.address = None

    @classmethod
    def begins(cls, line):
        match = LINE.match(line)
        if not match or match[2].startswith(" " * 3):
            return None
        words = match[2].strip()
        kind = next((kind for pattern, kind in TITLES
                     if pattern.match(words)), None)
        return kind and cls(match[1], kind, words)

    def take(self, line):
        match = LINE.match(line)
        if not match:
            return False
        words = match[2]
        frame = FRAME.match(words)
        if frame:
            if self.current is None:
                self.current = stack(self.head)
                self.stacks.append(self.current)
            self.current["frames"].append(read_frame(frame))
            return True
        if not words.strip():
            self.is_complete = self.kind not in ("data-race",)
            return self.kind == "data-race" and not self.is_second()
        if not words.startswith(" ") and self.stacks and not words.startswith(
                ("This conflicts", "Locks held", "Address", "Block")):
            return False
        self.current, self.head = None, words.strip()
        if self.address is None:
            self.address = re.search(r"Address (0x[0-9a-fA-F]+)", words)
        self.is_freed |= "free'd" in words
        self.head = re.sub(r"^Address 0x\w+ is (?:\d+ bytes (?:inside|after|"
                           r"before) )?| at$", "", self.head)
        return True

    def is_second(self):
        return len(self.stacks) > 1

    def is_over(self):
        return bool(self.stacks)

    def reports(self):
        kind = self.kind
        if kind in ("invalid-read", "invalid-write") and self.is_freed:
            kind = ("heap-use-after-free-write" if kind == "invalid-write"
                    else "heap-use-after-free")
        if kind == "invalid-free" and self.is_freed:
            kind = "double-free"
        title = re.sub(r"^[\d,]+ (?:\([^)]*\) )?bytes in [\d,]+ blocks are",
                       "memory", self.words)
        title = re.sub(r" in loss record .*| at 0x[0-9A-Fa-f]+.*", "", title)
        address = self.address
        return [{"kind": kind, "severity": "error", "pid": self.pid,
                 "title": f"valgrind: {title}", "stacks": self.stacks,
                 "object": address and {"address": address[1].lower()}}]


def read_frame(match):
    address, function, where = match.groups()
    function = None if function == "???" else function
    if where and where.startswith(("in ", "within ")):
        return native(function, module=where.partition(" ")[2],
                      address=address.lower())
    place = PLACE.match(where or "")
    return native(function, place and place["file"], place and place["line"],
                  address=address.lower())


READERS = (Valgrind,)
