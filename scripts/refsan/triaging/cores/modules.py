# SPDX-License-Identifier: MIT
"""The programs and libraries that were loaded, and their files where these are
here. A file that was replaced since says nothing: its BuildId tells."""

import bisect
import collections
import mmap
import operator
import os
import struct

from ...symbolizing import elf
from .elf_core import AT_SYSINFO_EHDR, Absent

PT_LOAD, PT_DYNAMIC, PT_NOTE, PT_EH_FRAME = 1, 2, 4, 0x6474e550
DT_DEBUG = 21
MODULES_MOST = 4096
AT_ENTRY = 9
SHT_SYMTAB, SHT_NOBITS, SHT_DYNSYM = 2, 8, 11
PAGE = 4096
HEAD, PART = 64, 56  # bytes of the header, and of one more
HEADERS_MOST = 200  # of a file
DEBUG_FOLDER = "/usr/lib/debug/.build-id"
FUNCTIONS = {0, 2, 10}  # types of symbols: none, a function, an indirect one
BACK_MOST = 64  # symbols that may begin behind one that goes further
Part = collections.namedtuple("Part", "kind flags offset address filled size")


def parts_of(header, table):
    """The program headers, or []. `table(offset, count)` gives bytes."""
    if len(header) < HEAD or header[:6] != b"\x7fELF\x02\x01":
        return []
    start, = struct.unpack_from("<Q", header, 32)
    size, count = struct.unpack_from("<HH", header, 54)
    if size != PART or count > HEADERS_MOST:
        return []
    raw = table(start, size * count)
    return [Part(kind, flags, offset, address, filled, whole)
            for kind, flags, offset, address, _, filled, whole, _ in
            struct.iter_unpack("<IIQQQQQQ", raw[:len(raw) // PART * PART])]


class ModuleFile:
    """A file on this machine. OSError and ValueError where there is none."""

    def __init__(self, path):
        with open(path, "rb") as file:
            self.bytes = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
        self.path = path
        self.is_full = False  # static functions have names, too
        self.symbols, self.begins = None, []

    def read(self, offset, count):
        return self.bytes[offset:offset + count] if offset >= 0 else b""

    def functions(self):
        """[(begin, size, is global, name)], in order; of those that begin at
        one place, as in the file."""
        if self.symbols is None:
            try:
                self.symbols = sorted(self._read_symbols(),
                                      key=operator.itemgetter(0))
            except (struct.error, IndexError, OverflowError, ValueError):
                self.symbols = []
            self.begins = [row[0] for row in self.symbols]
        return self.symbols

    def _read_symbols(self):
        start, = struct.unpack_from("<Q", self.bytes, 40)
        size, count = struct.unpack_from("<HH", self.bytes, 58)
        rows = [struct.unpack_from("<IIQQQQII", self.bytes, start + at * size)
                for at in range(count if start else 0)]
        tables = {row[1]: row for row in rows if row[1] != SHT_NOBITS}
        self.is_full = SHT_SYMTAB in tables
        table = tables.get(SHT_SYMTAB) or tables.get(SHT_DYNSYM)
        if not table:
            return
        at, length, strings = table[4], table[5], rows[table[6]]
        raw = self.bytes[at:at + length // 24 * 24]
        for name, info, _, section, value, extent in struct.iter_unpack(
                "<IBBHQQ", raw):
            if section and extent and info & 15 in FUNCTIONS:
                yield value, extent, info >> 4 == 1, strings[4] + name

    def function(self, address):
        """Of those that have it, the one that begins last; of two that begin
        there, the one that others can see."""
        found = self.functions()
        at = bisect.bisect_right(self.begins, address)
        having = [row for row in found[max(at - BACK_MOST, 0):at]
                  if address - row[0] < row[1]]
        last = [row for row in having if row[0] == having[-1][0]]
        if not last:
            return ""
        name = next((row for row in last if row[2]), last[0])[3]
        end = self.bytes.find(b"\0", name)
        return self.bytes[name:end].decode(errors="surrogateescape")


class Module:
    def __init__(self, path, low, parts):
        self.path, self.parts, self.file = path, parts, None
        self.loads = [part for part in parts if part.kind == PT_LOAD]
        self.base = low
        self.build_id, self.is_other_file = "", False

    def place(self, is_fixed, low):
        """Sets where it lies; False where its headers make no sense."""
        first = next((part for part in self.loads if part.offset < PAGE), None)
        if first is None:
            return False
        self.base = 0 if is_fixed else low - first.address // PAGE * PAGE
        code = [part for part in self.loads if part.flags & 1]
        self.low = self.base + min(part.address for part in self.loads)
        self.high = self.base + max(part.address + part.size
                                    for part in self.loads)
        self.text_low = self.base + min(
            (part.address for part in code), default=0)
        self.text_high = self.base + max(
            (part.address + part.size for part in code), default=0)
        return True

    def part(self, kind):
        return next((part for part in self.parts if part.kind == kind), None)

    def read_file(self, address, count):
        """From its file, what was loaded there."""
        at = address - self.base
        for part in self.loads:
            inside = at - part.address
            if self.file and 0 <= inside < part.filled:
                return self.file.read(part.offset + inside,
                                      min(count, part.filled - inside))
        return b""


class Modules:
    """`exe`: the file to take for the program."""

    def __init__(self, core, exe=None):
        self.core, self.exe = core, exe
        self.entry = core.auxv.get(AT_ENTRY, 0)
        self.all = []
        begins = {}
        for mapping in core.mappings:
            if mapping.offset == 0:
                begins.setdefault((mapping.path, mapping.low), mapping)
        for (path, low), mapping in begins.items():
            self._add(path, low)
        vdso = core.auxv.get(AT_SYSINFO_EHDR)
        if vdso:
            self._add("", vdso)
        self.all.sort(key=lambda module: module.low)
        self.lows = [module.low for module in self.all]
        self.debug = {}
        core.elsewhere = self.read_file
        names = self._loaders_names()
        for module in self.all:
            module.path = names.get(module.base) or module.path

    def _loaders_names(self):
        """base -> path, as the loader has it: the kernel's is what symbolic
        links lead to, and fingerprints have the loader's."""
        program, names = self.program(), {}
        dynamic = program and program.part(PT_DYNAMIC)
        try:
            entry = dynamic and self._debug_entry(
                program.base + dynamic.address, dynamic.size)
            link = entry and self.core.word(entry + 8)
            for _ in range(MODULES_MOST if link else 0):
                name = self.core.string(self.core.word(link + 8))
                names[self.core.word(link)] = name.decode(
                    errors="surrogateescape")
                link = self.core.word(link + 24)
                if not link:
                    break
        except Absent:
            pass
        return names

    def _debug_entry(self, address, size):
        """Where the loader's list begins: DT_DEBUG of the program."""
        for at in range(address, address + min(size, PAGE), 16):
            if self.core.word(at) == DT_DEBUG:
                return self.core.word(at + 8)
        return 0

    def program(self):
        """The module that the process was started with, or None."""
        return self.find(self.entry)

    def _file(self, path):
        try:
            return ModuleFile(path) if os.path.isfile(path) else None
        except (OSError, ValueError):
            return None

    def _add(self, path, low):
        head = self.core.own(low, HEAD)
        file = None
        is_program = any(mapping.low <= self.entry < mapping.high
                         for mapping in self.core.mappings
                         if mapping.path == path)
        name = self.exe if self.exe and is_program else path
        if not head.startswith(b"\x7fELF"):
            # The page is not in the core: its file must do.
            if head or not (file := self._file(name)):
                return
            head = file.read(0, HEAD)
        parts = parts_of(head, file.read if file else
                         lambda at, count: self.core.own(low + at, count))
        module = Module(path, low, parts)
        if not parts or not module.place(
                head[16:18] == b"\x02\0", low):
            return
        if file is None:
            module.build_id = self._build_id(module)
            file = self._file(name)
            if file and not self._is_same(module, low, file):
                module.is_other_file, file = True, None
        module.build_id = module.build_id or (
            elf.build_id(name) if file else "")
        module.file = file
        self.all.append(module)

    def _is_same(self, module, low, file):
        """By the BuildId; where the core lacks it, by the headers, which say
        how long each part is."""
        if module.build_id:
            return elf.build_id(file.path) == module.build_id
        size = HEAD + PART * len(module.parts)
        return self.core.own(low, size) == file.read(0, size)

    def _build_id(self, module):
        for part in module.parts:
            if part.kind != PT_NOTE:
                continue
            raw = self.core.own(module.base + part.address,
                                min(part.filled, elf.NOTES_BYTES))
            for name, kind, body in elf.notes(raw):
                if name == b"GNU\0" and kind == elf.NT_GNU_BUILD_ID:
                    return body[:20].hex()
        return ""

    # ---- questions

    def find(self, address):
        """The module that has it, or None."""
        at = bisect.bisect_right(self.lows, address) - 1
        for module in reversed(self.all[max(at - 8, 0):at + 1]):
            if module.low <= address < module.high:
                return module
        return None

    def with_code(self, address):
        module = self.find(address)
        return module if module and (
            module.text_low <= address < module.text_high) else None

    def read_file(self, address, count):
        module = self.find(address)
        return module.read_file(address, count) if module else b""

    def function(self, module, address):
        """The name of the function there, as the linker knows it; ""."""
        file = module.file
        if file is None:
            return ""
        file.functions()
        if not file.is_full and module.build_id:
            file = self._debug_file(module.build_id) or file
        return file.function(address - module.base)

    def _debug_file(self, build_id):
        """Distributions strip static functions' names into files of their
        own."""
        if build_id not in self.debug:
            path = os.path.join(DEBUG_FOLDER, build_id[:2],
                                build_id[2:] + ".debug")
            file = self._file(path)
            if file and elf.build_id(path) != build_id:
                file = None
            self.debug[build_id] = file
        return self.debug[build_id]
