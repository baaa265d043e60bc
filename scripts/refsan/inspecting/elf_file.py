# SPDX-License-Identifier: MIT
"""Sections and symbols of a 64-bit little-endian ELF file, and whether its
functions keep frame pointers. Nothing is loaded, so a file may be anything."""

import mmap
import re
import struct
import typing

SHT_NOBITS, SHT_DYNSYM = 8, 11
SHN_UNDEF = 0
EM_X86_64 = 62
SAMPLES = 2000  # functions of a file that are looked at
PROLOGUE_BYTES = 32
PUSH_AND_MOVE = b"\x55\x48\x89\xe5"  # push %rbp; mov %rsp,%rbp
# What all linkers write: PC-relative pointer, plain count, table of offsets.
HEADER_ENCODINGS = b"\x01\x1b\x03\x3b"


class Damaged(Exception):
    """Says what the file is not."""


class Section(typing.NamedTuple):
    kind: int
    address: int
    offset: int
    size: int
    link: int


class ElfFile:
    def __init__(self, path):
        try:
            with open(path, "rb") as file:
                self.bytes = mmap.mmap(file.fileno(), 0,
                                       access=mmap.ACCESS_READ)
        except OSError as error:
            raise Damaged(f"cannot be read: {error.strerror}") from error
        except ValueError as error:
            raise Damaged("is empty") from error
        if self.bytes[:6] != b"\x7fELF\x02\x01":
            raise Damaged("is no 64-bit ELF file")
        try:
            self.machine, = struct.unpack_from("<H", self.bytes, 18)
            self.sections = self._read_sections()
            self.imported, self.exported = self._read_symbols()
        except (struct.error, IndexError, OverflowError) as error:
            raise Damaged("is an ELF file whose end is missing, or that is "
                          "damaged") from error

    def _read_sections(self):
        """By name; in order."""
        start, = struct.unpack_from("<Q", self.bytes, 40)
        size, count, names = struct.unpack_from("<HHH", self.bytes, 58)
        if start == 0:
            raise Damaged("has no section headers, so that its symbols are "
                          "not known")
        rows = [struct.unpack_from("<IIQQQQI", self.bytes, start + at * size)
                for at in range(count)]
        base = rows[names][4]
        return {self._string(base + row[0]): Section(
            row[1], *row[3:7]) for row in rows}

    def _string(self, offset):
        end = self.bytes.find(b"\0", offset)
        if end < 0:
            raise IndexError
        return self.bytes[offset:end].decode(errors="backslashreplace")

    def _read_symbols(self):
        """The names of the dynamic symbols: wanted, and there."""
        table = self.sections.get(".dynsym")
        if table is None:
            return set(), set()
        strings = list(self.sections.values())[table.link].offset
        imported, exported = set(), set()
        for at in range(table.offset, table.offset + table.size, 24):
            name, _, _, section = struct.unpack_from("<IBBH", self.bytes, at)
            names = imported if section == SHN_UNDEF else exported
            names.add(self._string(strings + name))
        return imported, exported

    def has(self, name):
        """Whether the section is there, with contents."""
        section = self.sections.get(name)
        return section is not None and section.kind != SHT_NOBITS

    def read(self, name):
        if not self.has(name):
            return b""
        section = self.sections[name]
        return self.bytes[section.offset:section.offset + section.size]

    def search(self, pattern):
        return re.search(pattern, self.bytes)

    def _functions(self):
        """File offsets of compiled functions, by the unwinder's table; those
        of the linker are in other sections."""
        header, text = self.read(".eh_frame_hdr"), self.sections.get(".text")
        if (header[:4] != HEADER_ENCODINGS or len(header) < 12 or
                text is None):
            return
        address = self.sections[".eh_frame_hdr"].address
        count, = struct.unpack_from("<I", header, 8)
        count = min(count, (len(header) - 12) // 8)
        for at in range(0, count, count // SAMPLES + 1):
            start, = struct.unpack_from("<i", header, 12 + 8 * at)
            if 0 <= address + start - text.address < text.size:
                yield address + start - text.address + text.offset

    def frame_pointers(self):
        """The share of functions that begin with setting one up; None where
        that cannot be told."""
        if self.machine != EM_X86_64:
            return None
        begins = [PUSH_AND_MOVE in self.bytes[at:at + PROLOGUE_BYTES]
                  for at in self._functions()]
        return sum(begins) / len(begins) if begins else None
