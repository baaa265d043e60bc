# SPDX-License-Identifier: MIT
"""Thread states and their Python frames, by offset: runtime/host/frames.c,
names.c and lines.c."""

from .depots import PyFrame
from .elf_core import Absent

TAG_BITS = 3
OWNER_INTERPRETER = 3
FRAMES_MOST, SKIPPED_MOST = 64, 64
COPIES_MOST = 4096
BYTECODE_MOST = 1 << 24
THREADS_MOST, INTERPRETERS_MOST = 65536, 4096
FUNCTION_BYTES, FILE_BYTES = 128, 256
STRING_MOST = 1 << 16  # characters
LINES_MOST = 1 << 20
COMPACT, ASCII = 1 << 3, 1 << 4
HALF = 0xffffffff


class PythonFrames:
    def __init__(self, interpreter):
        self.host, self.at = interpreter, interpreter.at
        self.note, self.core = interpreter.note, interpreter.core
        self.known, self.states = {}, None

    # ---- strings and lines

    def string(self, address, most, keep_end=False):
        """A str, as rs_host_position_words() copies it: cut to fit."""
        body = address + self.at["object_bytes"]
        if not self.host.has_flag(address, "RS_TPFLAGS_STR_SUBCLASS"):
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
        if not self.host.has_flag(table, "RS_TPFLAGS_BYTES_SUBCLASS"):
            return 0
        body = table + self.at["object_bytes"]
        size = min(self.core.word(body), LINES_MOST)
        return find_line(self.core.read(
            body + self.note.number("RS_BYTES_VALUE"), size), first, lasti)

    def position(self, code, lasti):
        """A frame, or None of what is no code object."""
        if (code, lasti) not in self.known:
            self.known[code, lasti] = self._read_position(code, lasti)
        return self.known[code, lasti]

    def _read_position(self, code, lasti):
        try:
            first = int.from_bytes(self.core.read(
                code + self.at["code_first_line"], 4), "little", signed=True)
            name = self.host.word(code, self.at["code_name"])
            file = self.host.word(code, self.at["code_file"])
            table = self.host.word(code, self.at["code_lines"])
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
        """By the lists of the interpreters'."""
        if self.states is None:
            self.states = {}
            try:
                for own, state in self._all_states():
                    self.states.setdefault(own, state)
            except Absent:
                pass
        return self.states.get(tid, 0)

    def _all_states(self):
        """(the kernel's number of a thread, its state)."""
        at = self.at
        runtime = self.note.value("python_runtime")
        if not runtime or not at["runtime_interpreters"] or (
                not at["thread_native"]):
            return
        interpreter = self.host.word(runtime, at["runtime_interpreters"])
        for _ in range(INTERPRETERS_MOST):
            if not interpreter:
                return
            state = self.host.word(interpreter, at["interpreter_threads"])
            for _ in range(THREADS_MOST):
                if not state:
                    break
                yield self.host.word(state, at["thread_native"]) & HALF, state
                state = self.host.word(state, at["thread_next"])
            else:
                return  # a circle
            interpreter = self.host.word(interpreter, at["interpreter_next"])

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
        most = min(most, FRAMES_MOST)
        if not state or not at["frame_instruction"]:
            return
        frame = self.host.word(state, at["thread_frame"])
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
            copies = self.host.word(code, at["code_copies"])
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
            copies = at["code_copies"] and self.host.word(
                code, at["code_copies"])
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
