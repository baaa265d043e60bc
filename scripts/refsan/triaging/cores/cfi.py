# SPDX-License-Identifier: MIT
"""The unwinder's tables, .eh_frame and its index: where a function has put the
registers of its caller. DWARF 5, section 6.4."""

from .dwarf import Damaged, Reader
from .elf_core import Absent
from .modules import PT_EH_FRAME

INDEX = b"\x01\x1b\x03\x3b"  # the encodings that all linkers write
ENTRY_MOST = 1 << 16  # bytes


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


UNREADABLE = Absent, Damaged
