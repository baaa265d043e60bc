# SPDX-License-Identifier: MIT
"""An ELF core file: memory, threads, and which files were mapped where.

Cores may be larger than memory, mostly holes, cut short, or damaged: memory is
read where it is asked for, and what is not there is Absent."""

import bisect
import collections
import signal
import struct

from ...mistake import Mistake
from ...symbolizing import elf

ET_CORE, PT_LOAD, PT_NOTE = 4, 1, 4
PN_XNUM = 0xffff
NT_PRSTATUS, NT_PRPSINFO, NT_AUXV = 1, 3, 6
NT_SIGINFO, NT_FILE = 0x53494749, 0x46494c45
AT_SYSINFO_EHDR = 33
NOTES_MOST = 256 << 20  # bytes: 300 a thread, and a line for each mapping
SEGMENTS_MOST = 1 << 20
STRING_MOST = 4096

# Of a machine: registers as the kernel orders them; the general ones in the
# order of a report (runtime/os/sys_signal_linux.c); the unwinder's, by its own
# numbers.
X86_64 = ("r15 r14 r13 r12 rbp rbx r11 r10 r9 r8 rax rcx rdx rsi rdi orig_rax "
          "rip cs eflags rsp ss fs_base gs_base ds es fs gs").split()
AARCH64 = [f"x{at}" for at in range(31)] + ["sp", "pc", "pstate"]
Machine = collections.namedtuple(
    "Machine", "name registers shown dwarf pc stack return_column thread")
MACHINES = {
    62: Machine("x86-64", X86_64,
                "rdi rsi rdx rcx r8 r9 rax rbx rbp r10 r11 r12 r13 r14 "
                "r15".split(),
                "rax rdx rcx rbx rsi rdi rbp rsp r8 r9 r10 r11 r12 r13 r14 "
                "r15 rip".split(), "rip", "rsp", 16, "fs_base"),
    183: Machine("aarch64", AARCH64, AARCH64[:31], AARCH64[:32], "pc", "sp",
                 30, None),
}
REGISTERS_AT, TID_AT = 112, 32  # in NT_PRSTATUS
Segment = collections.namedtuple("Segment", "address size offset filled")
Mapping = collections.namedtuple("Mapping", "low high offset path")


class Absent(Exception):
    """Memory that the core does not have."""


class Thread:
    def __init__(self, tid, registers):
        self.tid, self.registers = tid, registers


class Fault:
    """What the kernel says of the signal; `number` 0 where there was none."""
    number = code = sender = 0
    address = None  # that could not be used


class ElfCore:
    def __init__(self, file, path):
        self.file, self.path = file, path
        self.threads, self.mappings, self.auxv = [], [], {}
        self.fault, self.pid, self.name = Fault(), None, ""
        self.missing = 0  # bytes behind the file's end
        self.elsewhere = lambda address, count: b""  # modules.py
        try:
            self._read()
        except (struct.error, OverflowError, ValueError) as error:
            raise Mistake(f"{path} is damaged: its headers make no "
                          "sense") from error

    # ---- headers

    def _read(self):
        head = self.file.read(0, 64)
        if head[:4] != b"\x7fELF" or len(head) < 20:
            raise Mistake(f"{self.path} is no core file")
        kind, machine = struct.unpack_from("<HH", head, 16)
        if head[4:6] != b"\x02\x01" or machine not in MACHINES:
            raise Mistake(f"{self.path} is of another architecture: cores of "
                          "x86-64 and aarch64 are read")
        if kind != ET_CORE:
            raise Mistake(f"{self.path} is no core file, but a program or "
                          "library")
        self.machine = MACHINES[machine]
        start, sections = struct.unpack_from("<QQ", head, 32)
        size, count = struct.unpack_from("<HH", head, 54)
        if count == PN_XNUM:  # more than fit: the first section says it
            count, = struct.unpack("<I", self.file.read(sections + 44, 4))
        if size != 56 or not 0 < count <= SEGMENTS_MOST:
            raise ValueError
        self._read_segments(self.file.read(start, size * count))
        self._last = None

    def _read_segments(self, headers):
        segments, notes = [], []
        whole = len(headers) // 56 * 56
        for kind, _, offset, address, _, filled, size, _ in (
                struct.iter_unpack("<IIQQQQQQ", headers[:whole])):
            if kind == PT_LOAD and size:
                segments.append(Segment(address, size, offset,
                                        min(filled, size)))
                self.missing += max(
                    0, offset + filled - max(self.file.size, offset))
            elif kind == PT_NOTE:
                notes.append((offset, filled))
        self.segments = sorted(segments)
        self.starts = [segment.address for segment in self.segments]
        for offset, size in notes:
            self._read_notes(self.file.read(offset, min(size, NOTES_MOST)))

    def _read_notes(self, notes):
        for name, kind, body in elf.notes(notes):
            try:
                if kind == NT_PRSTATUS:
                    self._add_thread(body)
                elif kind == NT_PRPSINFO and self.pid is None:
                    self.pid, = struct.unpack_from("<i", body, 24)
                    self.name = text(body[40:56])
                elif kind == NT_SIGINFO and not self.fault.number:
                    self._read_fault(body)
                elif kind == NT_FILE and not self.mappings:
                    self._read_mappings(body)
                elif kind == NT_AUXV:
                    words = body[:len(body) // 16 * 16]
                    self.auxv.update(struct.iter_unpack("<QQ", words))
            except struct.error:
                continue  # a note that is cut says nothing

    def _add_thread(self, body):
        names = self.machine.registers
        values = struct.unpack_from(f"<{len(names)}Q", body, REGISTERS_AT)
        tid, = struct.unpack_from("<i", body, TID_AT)
        self.threads.append(Thread(tid, dict(zip(names, values))))

    def _read_fault(self, body):
        """As rs_sys_fault_read() does."""
        fault = self.fault
        fault.number, _, fault.code = struct.unpack_from("<iii", body, 0)
        sender, = struct.unpack_from("<i", body, 16)
        address, = struct.unpack_from("<Q", body, 16)
        if fault.code <= 0:
            fault.sender = sender
        elif fault.code != 128 and fault.number not in (
                signal.SIGABRT, signal.SIGTRAP):
            fault.address = address

    def _read_mappings(self, body):
        count, page = struct.unpack_from("<QQ", body, 0)
        count = min(count, len(body) // 24)
        paths = body[16 + 24 * count:].split(b"\0")
        for at, path in zip(range(count), paths):
            low, high, offset = struct.unpack_from("<QQQ", body, 16 + 24 * at)
            if low < high:
                self.mappings.append(Mapping(
                    low, high, offset * page,
                    path.decode(errors="surrogateescape")))

    # ---- memory

    def own(self, address, count):
        """What the core itself has of it, from its beginning on."""
        parts = []
        while count > 0:
            segment = self._segment(address)
            if segment is None:
                break
            inside = address - segment.address
            part = self.file.read(segment.offset + inside, min(
                count, max(segment.filled - inside, 0)))
            if not part:
                break
            parts.append(part)
            address += len(part)
            count -= len(part)
        return b"".join(parts)

    def _segment(self, address):
        last = self._last
        if last is None or not 0 <= address - last.address < last.size:
            at = bisect.bisect_right(self.starts, address) - 1
            last = self.segments[at] if at >= 0 else None
            if last is None or address - last.address >= last.size:
                return None
            self._last = last
        return last

    def read(self, address, count):
        """All of it, or Absent. What was never written may be in a file."""
        found = self.own(address, count)
        while len(found) < count:
            more = self.elsewhere(address + len(found), count - len(found))
            more = more or self.own(address + len(found), count - len(found))
            if not more:
                raise Absent
            found += more
        return found

    def has(self, address, count=1):
        try:
            self.read(address, count)
        except Absent:
            return False
        return True

    def word(self, address):
        return int.from_bytes(self.read(address, 8), "little")

    def number(self, address, count):
        return int.from_bytes(self.read(address, count), "little")

    def string(self, address, most=STRING_MOST):
        """Up to its zero; bytes."""
        found = b""
        while len(found) < most:
            step = min(256 - (address + len(found)) % 256, most - len(found))
            try:
                piece = self.read(address + len(found), step)
            except Absent:
                break
            end = piece.find(b"\0")
            if end >= 0:
                return found + piece[:end]
            found += piece
        return found


def text(raw):
    """A name that a zero ends."""
    return raw.split(b"\0")[0].decode(errors="surrogateescape")
