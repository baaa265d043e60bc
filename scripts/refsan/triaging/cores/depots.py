# SPDX-License-Identifier: MIT
"""The depots of stacks, Python frames and sites: runtime/base/depot.c,
runtime/stack/."""

import collections

from .elf_core import Absent

UNIT = 8
PIECES = 64
BYTES_MOST = 1 << 16  # of an entry
# A Python frame; a native one is a number, as runtime/stack/stack.h says.
PyFrame = collections.namedtuple("PyFrame", "function file line")
Site = collections.namedtuple("Site", "pc file function line")


class Depot:
    def __init__(self, note, variable):
        self.core, address = note.core, note.variable(variable).address
        self.shift = min(note.member(address, "rs_depot.piece_shift"), 40)
        self.used = note.member(address, "rs_depot.used")
        self.pieces = note.member_at(address, "rs_depot.pieces")
        self.size_at = note.place("depot_entry.bytes")
        self.data_at = note.number("depot_entry.data")

    def get(self, number):
        """The words of an entry; () where there is none."""
        offset = number * UNIT
        piece = offset >> self.shift
        if number == 0 or piece >= PIECES:
            return ()
        try:
            base = self.core.word(self.pieces + 8 * piece)
            entry = base + (offset & (1 << self.shift) - 1)
            size = self.core.number(entry + self.size_at.offset,
                                    self.size_at.bytes)
            if not base or size > BYTES_MOST:
                return ()
            raw = self.core.read(entry + self.data_at, size // 8 * 8)
        except Absent:
            return ()
        return tuple(int.from_bytes(raw[at:at + 8], "little")
                     for at in range(0, len(raw), 8))


    def numbers(self):
        """Of all entries."""
        at, most = UNIT, min(self.used, PIECES << self.shift)
        while at < most:
            piece = 1 << self.shift
            size = self._size(at) if at % piece < piece - self.data_at else 0
            if size:
                yield at // UNIT
                at += self.data_at + size
            else:
                at += piece - at % piece

    def _size(self, offset):
        try:
            base = self.core.word(self.pieces + 8 * (offset >> self.shift))
            size = base and self.core.number(
                base + (offset & (1 << self.shift) - 1)
                + self.size_at.offset, self.size_at.bytes)
        except Absent:
            return 0
        return size if size <= BYTES_MOST and size % UNIT == 0 else 0


def words_text(words):
    """A string that lies in words, up to its zero."""
    raw = b"".join(word.to_bytes(8, "little") for word in words)
    return raw.split(b"\0")[0].decode(errors="surrogateescape")


class Stacks:
    def __init__(self, note):
        self.stacks = Depot(note, "stacks")
        self.frames = Depot(note, "pyframes")
        self.strings = Depot(note, "pyframe_strings")
        self.site_depot = Depot(note, "sites")
        self.python = note.number("RS_FRAME_PYTHON")
        self.site = note.number("RS_FRAME_SITE")
        self.most = note.number("RS_STACK_FRAMES_MAX")
        self.function_at = note.number("pyframe.function")
        self.file_at = note.number("pyframe.file")
        self.pc_at = note.number("site.pc")
        self.line_at = note.number("site.line")
        self.strings_at = note.number("site.strings")
        self.by_pc = None
        self.known = {}

    def get(self, number):
        """Native frames as numbers, then Python's, innermost first."""
        if number not in self.known:
            self.known[number] = tuple(
                self.py_frame(frame) if frame & self.python else frame
                for frame in self.stacks.get(number)[:self.most])
        return self.known[number]

    def py_frame(self, frame):
        words = self.frames.get(frame & 0xffffffff)
        if len(words) <= max(self.function_at, self.file_at):
            return PyFrame("", "", 0)
        function = words[self.function_at]
        return PyFrame(words_text(self.strings.get(function & 0xffffffff)),
                       words_text(self.strings.get(
                           words[self.file_at] & 0xffffffff)),
                       function >> 32)

    def is_site(self, frame):
        return not is_python(frame) and bool(frame & self.site)

    def find_site(self, frame):
        """Of instrumented code; None where it is not there."""
        words = self.site_depot.get(frame & 0xffffffff)
        if len(words) <= max(self.pc_at, self.line_at, self.strings_at):
            return None
        raw = b"".join(word.to_bytes(8, "little")
                       for word in words[self.strings_at:])
        file, function, *_ = [*raw.split(b"\0"), b"", b""]
        return Site(words[self.pc_at], file.decode(errors="surrogateescape"),
                    function.decode(errors="surrogateescape"),
                    words[self.line_at] & 0xffffffff)

    def site_frame(self, pc):
        """The frame of the site with that return address; where there is
        none, the address."""
        if self.by_pc is None:
            self.by_pc = {}
            for number in self.site_depot.numbers():
                words = self.site_depot.get(number)
                if len(words) > self.pc_at:
                    self.by_pc[words[self.pc_at]] = self.site | number
        return self.by_pc.get(pc, pc)

    def pc(self, frame):
        """The return address of a native frame."""
        if not self.is_site(frame):
            return frame
        site = self.find_site(frame)
        return site.pc if site else 0


def is_python(frame):
    return isinstance(frame, PyFrame)
