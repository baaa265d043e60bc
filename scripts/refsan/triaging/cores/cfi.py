# SPDX-License-Identifier: MIT
"""The unwinder's tables, .eh_frame and its index: where a function has put the
registers of its caller. DWARF 5, section 6.4."""

from .dwarf import Damaged, Reader
from .elf_core import Absent
from .modules import PT_EH_FRAME

INDEX = b"\x01\x1b\x03\x3b"  # the encodings that all linkers write
ENTRY_MOST = 1 << 16  # bytes
SAVED_MOST = 64


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
        if byte in (0x0c, 0x0d, 0x0e, 0x0f, 0x12, 0x13):
            self._frame(byte, program)
        elif byte == 0x0a:
            if len(self.saved) > SAVED_MOST:
                raise Damaged
            self.saved.append((self.cfa, dict(self.rules)))
        elif byte == 0x0b:
            if not self.saved:
                raise Damaged
            self.cfa, self.rules = self.saved.pop()
        elif byte == 0x2e:
            program.uleb()
        elif byte not in (0x00, 0x2d):  # nothing; aarch64's signed addresses
            self._rule(byte, program)

    def _frame(self, byte, program):
        """Where the caller's frame is."""
        if byte == 0x0f:
            self.cfa = program.take(program.uleb())
        elif byte in (0x0e, 0x13):
            register = self._register()
            self.cfa = register, (
                program.uleb() if byte == 0x0e
                else program.sleb() * self.common.data)
        else:
            register = program.uleb()
            self.cfa = register, (
                self._offset() if byte == 0x0d else program.uleb()
                if byte == 0x0c else program.sleb() * self.common.data)

    def _rule(self, byte, program):
        """Where a register of the caller's is."""
        register, data = program.uleb(), self.common.data
        if byte == 0x05:
            rule = "at", program.uleb() * data
        elif byte == 0x06:
            self._restore(register)
            return
        elif byte == 0x07:
            rule = "undefined", 0
        elif byte == 0x08:
            rule = "same", 0
        elif byte == 0x09:
            rule = "register", program.uleb()
        elif byte in (0x10, 0x16):
            kind = "at expression" if byte == 0x10 else "expression"
            rule = kind, program.take(program.uleb())
        elif byte == 0x11:
            rule = "at", program.sleb() * data
        elif byte in (0x14, 0x15):
            offset = program.uleb() if byte == 0x14 else program.sleb()
            rule = "value", offset * data
        else:
            raise Damaged  # or DW_CFA_set_loc, which compilers do not write
        self.rules[register] = rule

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
