# SPDX-License-Identifier: MIT
"""What refsan says of its own memory: runtime/base/core_note.h. Found by the
ELF note of the library where the page of its headers is in the core, and else
by what the anchor begins with."""

import collections
import struct

from ...mistake import Mistake
from ...symbolizing import elf
from .elf_core import Absent
from .modules import PT_NOTE

NAME = b"refsan\0"
FORMAT = 1
# As core_note.c has it. Put together, so that the anchor is not found in the
# memory of a process that reads cores.
MAGIC = b"".join([b"refsan ", b"core", b"\x01\xf5\xd7", b"rows", b"\xe1"])
ANCHOR = struct.Struct("<24sII24sQQ")
ROW = struct.Struct("<48sQQII")
VARIABLE, MEMBER, NUMBER = 1, 2, 3
ROWS_MOST = 4 << 20  # bytes
PIECE = 16 << 20
Variable = collections.namedtuple("Variable", "address bytes")
Member = collections.namedtuple("Member", "offset bytes")


class Note:
    def __init__(self, core, modules):
        self.core = core
        self.variables, self.members, self.numbers = {}, {}, {}
        self.traits = {}
        for address in self._anchors(modules):
            if self._read(address):
                return
        raise Mistake(f"{core.path} has no refsan in it: the process did not "
                      "run under it, or the core lacks its memory")

    # ---- where

    def _anchors(self, modules):
        for module in modules.all:
            for part in module.parts:
                if part.kind == PT_NOTE:
                    yield from self._by_note(module.base + part.address,
                                             min(part.filled, elf.NOTES_BYTES))
        yield from self._by_magic()

    def _by_note(self, address, size):
        try:
            notes = self.core.read(address, size)
        except Absent:
            return
        at = notes.find(NAME)
        if at >= 12 and len(notes) >= at + 12:
            where, = struct.unpack_from("<i", notes, at + 8)
            yield address + at + 8 + where

    def _by_magic(self):
        """Mappings of files first: the library is one."""
        low = {mapping.low for mapping in self.core.mappings}
        files = [segment for segment in self.core.segments
                 if segment.address in low]
        others = [segment for segment in self.core.segments
                  if segment.address not in low]
        for segment in [*files, *others]:
            yield from self._in_segment(segment)

    def _in_segment(self, segment):
        rest, at = b"", 0
        while at < segment.filled:
            data = self.core.file.next_data(segment.offset + at)
            if data > segment.offset + at:
                rest, at = b"", data - segment.offset
                continue
            piece = self.core.file.read(segment.offset + at,
                                        min(PIECE, segment.filled - at))
            if not piece:
                return
            text = rest + piece
            found = text.find(MAGIC)
            while found >= 0:
                yield segment.address + at - len(rest) + found
                found = text.find(MAGIC, found + 1)
            rest = text[-len(MAGIC):]
            at += len(piece)

    # ---- what

    def _read(self, address):
        """False where it is none."""
        try:
            magic, form, size, version, begin, end = ANCHOR.unpack(
                self.core.read(address, ANCHOR.size))
            if not magic.startswith(MAGIC):
                return False
            self.version = version.split(b"\0")[0].decode(errors="replace")
            if form != FORMAT or size != ROW.size:
                raise Mistake(f"{self.core.path} is of refsan {self.version}, "
                              "whose cores this one cannot read")
            if not 0 < end - begin <= ROWS_MOST:
                return False
            rows = self.core.read(begin, end - begin)
        except Absent:
            return False
        at = 0
        while at + ROW.size <= len(rows):
            if rows[at:at + 8] == bytes(8):
                at += 8  # a gap
                continue
            self._add(*ROW.unpack_from(rows, at))
            at += ROW.size
        return bool(self.variables)

    def _add(self, name, address, value, size, kind):
        name = name.split(b"\0")[0].decode(errors="replace")
        if kind == VARIABLE:
            self.variables[name] = Variable(address, size)
        elif kind == MEMBER:
            self.members[name] = Member(value, size)
        elif kind == NUMBER:
            self.numbers[name] = value
            self.traits[name] = size

    # ---- questions

    def _known(self, table, name):
        try:
            return table[name]
        except KeyError:
            raise Mistake(f"{self.core.path} is of refsan {self.version}, "
                          f"which does not say where {name} is") from None

    def variable(self, name):
        return self._known(self.variables, name)

    def size(self, struct_name):
        return self._known(self.members, struct_name).bytes

    def number(self, name):
        return self._known(self.numbers, name)

    def signed(self, name):
        value = self.number(name)
        return value - (1 << 64) if value >> 63 else value

    def place(self, name):
        """Of a member: offset and bytes."""
        return self._known(self.members, name)

    def member(self, address, name):
        """The value of a member of the structure there; Absent."""
        offset, size = self.place(name)
        return self.core.number(address + offset, size)

    def member_at(self, address, name):
        return address + self.place(name).offset

    def value(self, name):
        """Of a variable."""
        return self.core.number(*self.variable(name))

    def names(self, prefix):
        """number -> name, of those that begin so."""
        return {value: name[len(prefix):]
                for name, value in self.numbers.items()
                if name.startswith(prefix)}
