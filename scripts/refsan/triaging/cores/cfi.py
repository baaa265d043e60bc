# SPDX-License-Identifier: MIT
"""The unwinder's tables, .eh_frame and its index: where a function has put the
registers of its caller. DWARF 5, section 6.4, and the LSB's encodings."""

import struct

from .elf_core import Absent
from .modules import PT_EH_FRAME

INDEX = b"\x01\x1b\x03\x3b"  # the encodings that all linkers write
ENTRY_MOST = 1 << 16  # bytes
STEPS_MOST = 4096
MASK = (1 << 64) - 1
FIXED = {2: ("<H", 2), 3: ("<I", 4), 4: ("<Q", 8), 0: ("<Q", 8),
         10: ("<h", 2), 11: ("<i", 4), 12: ("<q", 8)}


class Damaged(Exception):
    """Tables that make no sense."""


class Reader:
    """Bytes that lie at an address."""

    def __init__(self, raw, address=0):
        self.raw, self.address, self.at = raw, address, 0

    def more(self):
        return self.at < len(self.raw)

    def take(self, count):
        if count < 0 or self.at + count > len(self.raw):
            raise Damaged
        self.at += count
        return self.raw[self.at - count:self.at]

    def number(self, size):
        return int.from_bytes(self.take(size), "little")

    def uleb(self):
        value = shift = 0
        while True:
            byte = self.number(1)
            value |= (byte & 0x7f) << shift
            shift += 7
            if not byte & 0x80:
                return value & MASK
            if shift > 70:
                raise Damaged

    def sleb(self):
        begin = self.at
        value = self.uleb()
        if self.raw[self.at - 1] & 0x40:
            value -= 1 << 7 * (self.at - begin)
        return value

    def encoded(self, encoding):
        """A pointer; what is relative to it counted in."""
        where = self.address + self.at
        form = encoding & 15
        if form == 1:
            value = self.uleb()
        elif form == 9:
            value = self.sleb()
        elif form in FIXED:
            code, size = FIXED[form]
            value, = struct.unpack(code, self.take(size))
        else:
            raise Damaged
        if encoding & 0x70 == 0x10:
            value += where
        elif encoding & 0x70:
            raise Damaged
        return value & MASK

    def string(self):
        end = self.raw.find(b"\0", self.at)
        if end < 0:
            raise Damaged
        return self.take(end - self.at + 1)[:-1]


class Common:
    """A CIE."""

    def __init__(self, core, address):
        body = entry(core, address)
        if body.number(4) != 0:
            raise Damaged
        version = body.number(1)
        augmentation = body.string()
        self.code, self.data = body.uleb(), body.sleb()
        self.column = body.number(1) if version == 1 else body.uleb()
        self.encoding, self.is_signal = 0, False
        self.is_augmented = augmentation.startswith(b"z")
        if self.is_augmented:
            more = Reader(body.take(body.uleb()))
            for letter in augmentation[1:]:
                if letter == ord("R"):
                    self.encoding = more.number(1)
                elif letter == ord("S"):
                    self.is_signal = True
                elif letter == ord("L"):
                    more.number(1)
                elif letter == ord("P"):
                    more.encoded(more.number(1) & 15)
        elif augmentation:
            raise Damaged
        self.program = body.take(len(body.raw) - body.at)


def entry(core, address):
    """The contents of a CIE or FDE."""
    length = core.number(address, 4)
    if not 0 < length <= ENTRY_MOST:
        raise Damaged
    return Reader(core.read(address + 4, length), address + 4)


class Rows:
    """The rules of one function at one place."""

    def __init__(self, common, program, offset):
        self.common = common
        self.cfa, self.rules = None, {}
        self.initial, self.saved = {}, []
        self._run(Reader(common.program), None)
        self.initial = dict(self.rules)
        self._run(Reader(program), offset)

    def _run(self, program, until):
        at = 0
        while program.more():
            byte = program.number(1)
            high, low = byte & 0xc0, byte & 0x3f
            step = None
            if high == 0x40:
                step = low
            elif byte in (2, 3, 4):
                step = program.number(1 << byte - 2)
            if step is not None:
                at += step * self.common.code
                if until is not None and at > until:
                    return
            elif high == 0x80:
                self.rules[low] = "at", program.uleb() * self.common.data
            elif high == 0xc0:
                self._restore(low)
            else:
                self._operation(byte, program)

    def _restore(self, register):
        if register in self.initial:
            self.rules[register] = self.initial[register]
        else:
            self.rules.pop(register, None)

    def _operation(self, byte, program):
        data = self.common.data
        if byte == 0x01:
            raise Damaged  # DW_CFA_set_loc: compilers write none
        elif byte == 0x05:
            register = program.uleb()
            self.rules[register] = "at", program.uleb() * data
        elif byte == 0x06:
            self._restore(program.uleb())
        elif byte == 0x07:
            self.rules[program.uleb()] = "undefined", 0
        elif byte == 0x08:
            self.rules[program.uleb()] = "same", 0
        elif byte == 0x09:
            register = program.uleb()
            self.rules[register] = "register", program.uleb()
        elif byte == 0x0a:
            if len(self.saved) > 64:
                raise Damaged
            self.saved.append((self.cfa, dict(self.rules)))
        elif byte == 0x0b:
            if not self.saved:
                raise Damaged
            self.cfa, self.rules = self.saved.pop()
        elif byte == 0x0c:
            register = program.uleb()
            self.cfa = register, program.uleb()
        elif byte == 0x0d:
            self.cfa = program.uleb(), self._offset()
        elif byte == 0x0e:
            self.cfa = self._register(), program.uleb()
        elif byte == 0x0f:
            self.cfa = program.take(program.uleb())
        elif byte in (0x10, 0x16):
            register = program.uleb()
            kind = "at expression" if byte == 0x10 else "expression"
            self.rules[register] = kind, program.take(program.uleb())
        elif byte == 0x11:
            register = program.uleb()
            self.rules[register] = "at", program.sleb() * data
        elif byte == 0x12:
            register = program.uleb()
            self.cfa = register, program.sleb() * data
        elif byte == 0x13:
            self.cfa = self._register(), program.sleb() * data
        elif byte in (0x14, 0x15):
            register = program.uleb()
            offset = program.uleb() if byte == 0x14 else program.sleb()
            self.rules[register] = "value", offset * data
        elif byte == 0x2e:
            program.uleb()
        elif byte not in (0x00, 0x2d):  # nothing; aarch64's signed addresses
            raise Damaged

    def _register(self):
        if not isinstance(self.cfa, tuple):
            raise Damaged
        return self.cfa[0]

    def _offset(self):
        if not isinstance(self.cfa, tuple):
            raise Damaged
        return self.cfa[1]


def find(core, module, pc):
    """(the rules at `pc`, is it a signal's frame), or None."""
    part = module.part(PT_EH_FRAME)
    if part is None:
        return None
    index = module.base + part.address
    if core.read(index, 4) != INDEX:
        return None
    count = min(core.number(index + 8, 4), part.size // 8)
    low, high = 0, count
    while low < high:
        middle = (low + high) // 2
        if index + _signed(core, index + 12 + 8 * middle) <= pc:
            low = middle + 1
        else:
            high = middle
    if low == 0:
        return None
    return _rows(core, index + _signed(core, index + 8 + 8 * low), pc)


def _signed(core, address):
    return int.from_bytes(core.read(address, 4), "little", signed=True)


def _rows(core, address, pc):
    body = entry(core, address)
    common = Common(core, body.address - body.number(4))
    begin = body.encoded(common.encoding)
    extent = body.encoded(common.encoding & 15)
    if not 0 <= pc - begin < extent:
        return None
    if common.is_augmented:
        body.take(body.uleb())
    return (Rows(common, body.take(len(body.raw) - body.at), pc - begin),
            common.is_signal)


# ---- expressions

BINARY = {
    0x1a: lambda a, b: a & b, 0x1c: lambda a, b: a - b,
    0x1e: lambda a, b: a * b, 0x21: lambda a, b: a | b,
    0x22: lambda a, b: a + b, 0x24: lambda a, b: a << min(b, 64),
    0x25: lambda a, b: a >> b, 0x27: lambda a, b: a ^ b,
    0x29: lambda a, b: int(a == b), 0x2a: lambda a, b: int(_s(a) >= _s(b)),
    0x2b: lambda a, b: int(_s(a) > _s(b)),
    0x2c: lambda a, b: int(_s(a) <= _s(b)),
    0x2d: lambda a, b: int(_s(a) < _s(b)), 0x2e: lambda a, b: int(a != b)}
CONSTANTS = {0x08: (1, False), 0x09: (1, True), 0x0a: (2, False),
             0x0b: (2, True), 0x0c: (4, False), 0x0d: (4, True),
             0x0e: (8, False), 0x0f: (8, True)}


def _s(value):
    return value - (1 << 64) if value >> 63 else value


def evaluate(core, raw, registers, first=None):
    """The value of a DWARF expression; of what C libraries' tables use."""
    stack, body = [] if first is None else [first], Reader(raw)
    try:
        for _ in range(STEPS_MOST):
            if not body.more():
                return stack[-1]
            stack.append(_step(core, body, body.number(1), stack,
                               registers) & MASK)
    except (IndexError, KeyError, TypeError) as error:
        raise Damaged from error
    raise Damaged


def _step(core, body, op, stack, registers):
    if op == 0x06:
        return core.word(stack.pop())
    if op in CONSTANTS:
        size, is_signed = CONSTANTS[op]
        return int.from_bytes(body.take(size), "little", signed=is_signed)
    if op == 0x10:
        return body.uleb()
    if op == 0x11:
        return body.sleb()
    if op == 0x12:
        return stack[-1]
    if op == 0x23:
        return stack.pop() + body.uleb()
    if 0x30 <= op <= 0x4f:
        return op - 0x30
    if 0x70 <= op <= 0x8f:
        return registers[op - 0x70] + body.sleb()
    if op in BINARY:
        second = stack.pop()
        return BINARY[op](stack.pop(), second)
    raise Damaged


UNREADABLE = Absent, Damaged
