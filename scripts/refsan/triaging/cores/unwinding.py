# SPDX-License-Identifier: MIT
"""The native frames of a thread that stands still: by the unwinder's tables,
and where there are none, by frame pointers."""

from . import cfi, dwarf
from .elf_core import Absent

MOST = 48
FRAME_POINTER = {"x86-64": (6, 7), "aarch64": (29, 31)}  # and stack pointer
FARTHEST = 64 << 20  # bytes from one frame to the next


class Unwinder:
    def __init__(self, core, modules):
        self.core, self.modules = core, modules
        self.machine = core.machine
        self.frame, self.stack = FRAME_POINTER[self.machine.name]
        self.found = {}

    def walk(self, thread):
        """Return addresses, the innermost first. The first is behind the
        instruction, as if it were one."""
        registers = {number: thread.registers.get(name)
                     for number, name in enumerate(self.machine.dwarf)}
        pc = thread.registers[self.machine.pc]
        pcs, is_exact = [pc + 1], True
        while len(pcs) < MOST:
            stack = registers[self.stack]
            registers, pc, is_exact = self._step(registers, pc, is_exact)
            if not pc or registers.get(self.stack) is None or not (
                    is_exact or 0 <= registers[self.stack] - stack
                    < FARTHEST):
                break
            pcs.append(pc)
        return pcs

    def _step(self, registers, pc, is_exact):
        """The caller's registers and pc; is it one that a signal
        interrupted? pc 0 at the end."""
        module = self.modules.find(pc)
        if module is None and is_exact:
            # A call of nothing: its caller is on the stack.
            return self._from_stack(registers)
        try:
            found = module and self._find(module, pc if is_exact else pc - 1)
            if found:
                rows, is_signal = found
                return *self._by_rules(rows, registers), is_signal
        except cfi.UNREADABLE:
            pass
        return self._by_pointer(registers)

    def _find(self, module, pc):
        if pc not in self.found:
            self.found[pc] = cfi.find(self.core, module, pc)
        return self.found[pc]

    def _from_stack(self, registers):
        if self.machine.name == "aarch64":
            return registers, registers[30] or 0, False
        stack = registers[self.stack]
        try:
            return {**registers, self.stack: stack + 8}, (
                self.core.word(stack)), False
        except Absent:
            return registers, 0, False

    def _by_pointer(self, registers):
        frame = registers.get(self.frame)
        try:
            if not frame or frame % 8:
                return registers, 0, False
            outer, pc = self.core.word(frame), self.core.word(frame + 8)
        except Absent:
            return registers, 0, False
        if outer and outer <= frame:
            return registers, 0, False
        return {**dict.fromkeys(registers), self.frame: outer,
                self.stack: frame + 16}, pc, False

    def _by_rules(self, rows, registers):
        cfa = self._cfa(rows, registers)
        caller = dict(registers)
        caller[self.stack] = cfa
        for register, (kind, value) in rows.rules.items():
            caller[register] = self._value(kind, value, cfa, registers,
                                           register)
        # What a signal interrupted may have no return address of its own.
        column = rows.common.column
        if rows.rules.get(column, ("",))[0] == "undefined":
            return caller, 0
        if column not in rows.rules and self.machine.name != "aarch64":
            return caller, 0
        return caller, caller.get(column) or 0

    def _cfa(self, rows, registers):
        if rows.cfa is None:
            raise dwarf.Damaged
        if isinstance(rows.cfa, bytes):
            return dwarf.evaluate(self.core, rows.cfa, registers)
        register, offset = rows.cfa
        if registers.get(register) is None:
            raise dwarf.Damaged
        return registers[register] + offset & dwarf.MASK

    def _value(self, kind, value, cfa, registers, register):
        if kind == "at":
            return self.core.word(cfa + value & dwarf.MASK)
        if kind == "value":
            return cfa + value & dwarf.MASK
        if kind == "register":
            return registers.get(value)
        if kind == "undefined":
            return None
        if kind == "same":
            return registers.get(register)
        found = dwarf.evaluate(self.core, value, registers, cfa)
        return self.core.word(found) if kind == "at expression" else found
