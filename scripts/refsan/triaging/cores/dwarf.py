# SPDX-License-Identifier: MIT
"""Numbers and expressions as DWARF 5 writes them (7.6, 2.5), with the pointers
of the LSB's unwind tables; of expressions, what C libraries' tables use."""

import struct

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
    """The value of an expression."""
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
