# SPDX-License-Identifier: MIT
"""The interpreter's own memory: headers, types, thread states and Python
frames, by the offsets that the runtime had found. runtime/host/."""

import collections
import dataclasses

from .depots import PyFrame
from .elf_core import Absent

TAG_BITS = 3
OWNER_INTERPRETER = 3
SKIPPED_MOST = 64
COPIES_MOST = 4096
BYTECODE_MOST = 1 << 24
THREADS_MOST, INTERPRETERS_MOST = 65536, 4096
FUNCTION_BYTES, FILE_BYTES, TYPE_BYTES = 128, 256, 64
STRING_MOST = 1 << 16  # characters
LINES_MOST = 1 << 20
COMPACT, ASCII = 1 << 3, 1 << 4
HALF = 0xffffffff
SHARED_STATES = ("", "weakref", "queued", "merged")
IMMORTAL_FLOOR, LOCAL_IMMORTAL = 0x80000000, HALF
GC_DEFERRED = 64
LINK_SHIFT = 12


@dataclasses.dataclass
class Header:
    """runtime/refcount/header.h."""
    kind: str
    local: int = 0
    flags: int = 0
    overflow: int = 0
    owner: int = 0
    shared: int = 0  # of free-threaded builds the whole word
    type: int = 0
    is_deferred: bool = False
    bias: int = 0

    @property
    def count(self):
        if self.kind == "free-threaded":
            return self.local + self.shared_count
        return self.local if self.kind == "split" else self.shared

    @property
    def shared_count(self):
        return (self.shared >> 2) - (self.bias if self.is_deferred else 0)

    @property
    def is_immortal(self):
        if self.kind == "free-threaded":
            return self.local == LOCAL_IMMORTAL
        if self.kind == "split":
            return self.local >= IMMORTAL_FLOOR
        return bool(self.shared & IMMORTAL_FLOOR)

    @property
    def is_at_zero(self):
        if self.kind == "free-threaded":
            return self.local == 0 and self.shared >> 2 == 0
        if self.kind == "split":
            return (self.local, self.overflow) == (0, 0) and self.flags < 16
        return self.shared == 0

    @property
    def looks_alive(self):
        if self.kind == "free-threaded":
            return self.local != 0 or self.shared >> 2 != 0
        if self.kind == "split":
            return self.local != 0 and not self.overflow and self.flags < 16
        return 0 < self.shared <= HALF


class Interpreter:
    def __init__(self, note):
        self.note, self.core = note, note.core
        self.host = note.variable("host").address
        self.layout = note.variable("layout").address
        self.at = collections.defaultdict(int, {
            name.partition(".")[2]: self._layout(name)
            for name in note.members if name.startswith("rs_host_layout.")})
        self.kind = self.said("kind")
        self.is_free_threaded = bool(self.said("is_free_threaded"))
        self.header_kind = {
            note.number("RS_LAYOUT_WIDE"): "wide",
            note.number("RS_LAYOUT_SPLIT"): "split",
            note.number("RS_LAYOUT_FREE_THREADED"): "free-threaded",
        }.get(self.said("layout"))
        self.is_embedded = self.kind == note.number("RS_HOST_EMBEDDED")
        self.is_python = self.kind == note.number("RS_HOST_CPYTHON")
        self.text = self.said("text_low"), self.said("text_high")

    def _layout(self, name):
        try:
            return self.note.member(self.layout, name)
        except Absent:
            return 0

    def said(self, name):
        """A member of struct rs_host."""
        try:
            return self.note.member(self.host, f"rs_host.{name}")
        except Absent:
            return 0

    def has_code(self, pc):
        low, high = self.text
        return low <= pc < high

    def version(self):
        """As rs_names_version() says it."""
        number = self.said("version")
        level = {10: "a", 11: "b", 12: "rc", 13: "rc", 14: "rc"}.get(
            number >> 4 & 15)
        return (f"{number >> 24}.{number >> 16 & 255}.{number >> 8 & 255}"
                + (f"{level}{number & 15}" if level else ""))

    def name(self):
        """As rs_names_host() says it."""
        if self.is_embedded:
            return "embedded runtime"
        if not self.is_python:
            return None
        return (f"CPython {self.version()}, "
                + ("free-threaded" if self.is_free_threaded else "default")
                + (", debug" if self.said("is_debug") else "")
                + (", TSan" if self.said("is_tsan") else "")
                + (", ASan" if self.said("is_asan") else "")
                + (", shared libpython" if self.said("is_shared")
                   else ", static"))

    # ---- objects

    def header(self, address):
        """None where it cannot be read, or there is no interpreter."""
        try:
            raw = self.core.read(address, 32)
        except Absent:
            return None

        def part(at, size, is_signed=False):
            return int.from_bytes(raw[at:at + size], "little",
                                  signed=is_signed)

        if self.header_kind == "free-threaded":
            local = part(12, 4)
            return Header(
                self.header_kind, local=local, flags=part(8, 2),
                owner=part(0, 8), shared=part(16, 8, True), type=part(24, 8),
                is_deferred=bool(part(11, 1) & GC_DEFERRED)
                and local != LOCAL_IMMORTAL,
                bias=self.note.number("RS_DEFERRED_BIAS"))
        if self.header_kind == "split":
            return Header(self.header_kind, local=part(0, 4),
                          overflow=part(4, 2), flags=part(6, 2),
                          type=part(8, 8))
        if self.header_kind == "wide":
            return Header(self.header_kind, shared=part(0, 8, True),
                          type=part(8, 8))
        return None

    def is_link(self, header, address):
        """What allocators leave where a default build has its count:
        runtime/refcount/freed.h."""
        if header.kind == "free-threaded":
            return False
        word = header.shared if header.kind == "wide" else header.local
        shown = word ^ address >> LINK_SHIFT
        hidden = shown if address <= HALF and shown % 16 == 0 else 0
        return (shown == 0 or word != 0 and self.core.has(word % (1 << 64))
                or hidden != 0 and self.core.has(hidden % (1 << 64)))

    def _word(self, address, offset):
        if not offset or address % 8:
            raise Absent
        return self.core.word(address + offset)

    def is_type(self, address):
        """What is called a type must have a type that has a type itself."""
        try:
            offset = self.at["object_type"]
            return self._word(self._word(address, offset), offset) != 0
        except Absent:
            return False

    def type_name(self, header):
        if header is None or not self.is_type(header.type):
            return ""
        try:
            where = self._word(header.type, self.at["type_name"])
        except Absent:
            return ""
        return self.core.string(where, TYPE_BYTES - 1).decode(
            errors="surrogateescape")

    def _has_flag(self, address, name):
        """An object whose type has it."""
        kind = self._word(address, self.at["object_type"])
        return bool(self._word(kind, self.at["type_flags"])
                    & self.note.number(name))

    # ---- strings and lines

    def string(self, address, most, keep_end=False):
        """A str, as rs_host_position_words() copies it: cut to fit."""
        body = address + self.at["object_bytes"]
        if not self._has_flag(address, "RS_TPFLAGS_STR_SUBCLASS"):
            raise Absent
        length = min(self.core.word(body), STRING_MOST)
        kind = self.core.word(body + self.note.number("RS_STRING_STATE")
                              ) >> self.at["string_kind"]
        width = kind & 7
        if not kind & COMPACT or width not in (1, 2, 4):
            raise Absent
        start = body + self.note.number(
            "RS_STRING_ASCII" if kind & ASCII else "RS_STRING_WIDE")
        first, head = 0, b""
        if keep_end and length >= most:
            first, head = length - (most - 4), b"..."
        count = min(length - first, most, 1024 // width)
        raw = self.core.read(start + first * width, count * width)
        return self._decode(raw, width, head, most)

    @staticmethod
    def _decode(raw, width, out, most):
        for at in range(0, len(raw), width):
            point = int.from_bytes(raw[at:at + width], "little")
            if 0xd800 <= point < 0xe000 or point > 0x10ffff or point == 0:
                point = ord("?")
            piece = chr(point).encode()
            if len(out) + len(piece) >= most:
                break
            out += piece
        return out.decode()

    def line(self, table, first, lasti):
        """rs_host_lines_find()."""
        if not self._has_flag(table, "RS_TPFLAGS_BYTES_SUBCLASS"):
            return 0
        body = table + self.at["object_bytes"]
        size = min(self.core.word(body), LINES_MOST)
        return find_line(self.core.read(
            body + self.note.number("RS_BYTES_VALUE"), size), first, lasti)

    def position(self, code, lasti):
        """A frame, or None of what is no code object."""
        try:
            first = int.from_bytes(self.core.read(
                code + self.at["code_first_line"], 4), "little", signed=True)
            name = self._word(code, self.at["code_name"])
            file = self._word(code, self.at["code_file"])
            table = self._word(code, self.at["code_lines"])
            try:
                line = self.line(table, first, lasti)
            except Absent:
                line = 0
            return PyFrame(self.string(name, FUNCTION_BYTES),
                           self.string(file, FILE_BYTES, True), line)
        except Absent:
            return None

    # ---- threads and their frames

    def thread_state(self, thread):
        """Of a thread of the core; 0 where it has none."""
        try:
            return self._attached(thread) or self._by_number(thread.tid)
        except Absent:
            return 0

    def _attached(self, thread):
        pointer = self.core.machine.thread
        offset = int.from_bytes(self.core.read(self.note.member_at(
            self.note.variable("host_top").address,
            "rs_host_top.thread_offset"), 8), "little", signed=True)
        if not pointer or not offset:
            return 0
        try:
            state = self.core.word(thread.registers[pointer] + offset)
            return state if state and self.core.has(state) else 0
        except Absent:
            return 0

    def _by_number(self, tid):
        """By the list of the interpreter's."""
        at = self.at
        runtime = self.note.value("python_runtime")
        if not runtime or not at["runtime_interpreters"] or (
                not at["thread_native"]):
            return 0
        interpreter = self._word(runtime, at["runtime_interpreters"])
        for _ in range(INTERPRETERS_MOST):
            if not interpreter:
                break
            state = self._word(interpreter, at["interpreter_threads"])
            for _ in range(THREADS_MOST):
                if not state:
                    break
                if self._word(state, at["thread_native"]) & HALF == tid:
                    return state
                state = self._word(state, at["thread_next"])
            interpreter = self._word(interpreter, at["interpreter_next"])
        return 0

    def interpreter_id(self, state):
        """Of the interpreter that a thread is attached to, or None."""
        if not state:
            return None
        if not self.at["thread_interpreter"]:
            return 0
        try:
            interpreter = self._word(state, self.at["thread_interpreter"])
            return self._word(interpreter, self.at["interpreter_id"])
        except Absent:
            return None

    def frames(self, state, most):
        """Python's, the innermost first, as far as they can be read."""
        found = []
        try:
            for code, lasti in self._positions(state, most):
                frame = self.position(code, lasti)
                if frame is not None:
                    found.append(frame)
        except Absent:
            pass
        return found

    def _positions(self, state, most):
        at, skipped, count = self.at, 0, 0
        if not state or not at["frame_instruction"]:
            return
        frame = self._word(state, at["thread_frame"])
        if at["has_frame_holder"] and frame:
            frame = self.core.word(frame)
        while frame and count < most and skipped < SKIPPED_MOST:
            owner = int.from_bytes(self.core.read(
                frame + at["frame_owner"], 1), "little", signed=True)
            if owner < OWNER_INTERPRETER:
                count += 1
                yield self._position(frame)
            else:
                skipped += 1
            frame = self.core.word(frame + at["frame_previous"])

    def _position(self, frame):
        at = self.at
        code = self.core.word(frame + at["frame_code"]) & ~TAG_BITS
        place = self.core.word(frame + at["frame_instruction"])
        start = code + at["code_bytecode"]
        if at["code_copies"]:
            copies = self._word(code, at["code_copies"])
            index = int.from_bytes(self.core.read(
                frame + at["frame_bytecode"], 4), "little", signed=True)
            if copies and 0 <= index < self.core.word(copies):
                start = self.core.word(copies + 8 * (1 + index))
        return code, max(place - start, 0) & HALF

    def resolve_top(self, code_word, instruction):
        """The frame of a birth or death, of which the ring has two words."""
        at = self.at
        code = code_word & ~TAG_BITS
        if not code or not at["code_bytecode"]:
            return None
        distance = instruction - (code + at["code_bytecode"]) & HALF
        try:
            copies = at["code_copies"] and self._word(code, at["code_copies"])
            count = self.core.word(copies) if copies else 0
            for number in range(min(count, COPIES_MOST)):
                start = self.core.word(copies + 8 * (1 + number))
                if start:
                    distance = min(distance, instruction - start & HALF)
        except Absent:
            pass
        if distance >= BYTECODE_MOST:
            return None
        return self.position(code, distance)


def find_line(table, line, lasti):
    """A code object's location table, and of it only lines."""
    at = covered = 0
    while at < len(table):
        byte, at = table[at], at + 1
        form = byte >> 3 & 15
        covered += 2 * ((byte & 7) + 1)
        if form in (13, 14):
            line += signed(table, at)
        elif 10 <= form <= 12:
            line += form - 10
        if lasti < covered:
            return 0 if form == 15 else line
        while at < len(table) and table[at] < 0x80:
            at += 1
    return 0


def signed(table, at):
    """Six bits a byte, low bits first, sign in the lowest bit."""
    value = 0
    for shift, byte in zip(range(0, 30, 6), table[at:at + 5]):
        value |= (byte & 0x3f) << shift
        if not byte & 0x40:
            break
    return -(value >> 1) if value & 1 else value >> 1
