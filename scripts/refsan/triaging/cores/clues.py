# SPDX-License-Identifier: MIT
"""Which known objects the crashing thread had at hand:
runtime/crash/clues.c."""

import dataclasses

from .elf_core import Absent

INSIDE_MOST = 512
STACK_WORDS, STACK_PIECE = 256, 32
ACTS_BACK = 512
CLUES_MOST = 16
LOWEST = 65536
STACK, ADDRESS = "stack", "address"


@dataclasses.dataclass
class Clue:
    where: str
    offset: int
    value: int
    object: int
    word: object
    type: str = ""
    is_used: bool = False  # watched code did something to it lately

    @property
    def is_suspect(self):
        return self.word.is_gone and (self.is_used or self.where == ADDRESS)


class Clues:
    def __init__(self, core, shadow, interpreter, rings):
        self.core, self.shadow = core, shadow
        self.interpreter, self.rings = interpreter, rings
        self.granule = 1 << shadow.number["RS_GRANULE_SHIFT"]
        self.found = []

    def collect(self, thread, fault):
        machine = self.core.machine
        if fault.address is not None:
            self._look(ADDRESS, 0, fault.address)
        for name in machine.shown:
            self._look(name, 0, thread.registers[name])
        self._look_at_stack(thread.registers[machine.stack])
        for slot in sorted(self.rings.threads):
            done = set(self.rings.targets(self.rings.threads[slot],
                                          ACTS_BACK))
            for clue in self.found:
                clue.is_used |= (clue.object,
                                 clue.word.generation & 0xff) in done
        for clue in self.found:
            clue.type = self._type(clue)
        return self.found

    def suspect(self):
        return next((clue for clue in self.found if clue.is_suspect), None)

    def _look_at_stack(self, stack):
        for at in range(0, STACK_WORDS, STACK_PIECE):
            try:
                raw = self.core.read(stack + 8 * at, 8 * STACK_PIECE)
            except Absent:
                break
            for inside in range(0, len(raw), 8):
                self._look(STACK, 8 * at + inside, int.from_bytes(
                    raw[inside:inside + 8], "little"))

    def _look(self, where, offset, value):
        address = value & ~(self.granule - 1)
        for _ in range(0, INSIDE_MOST, self.granule):
            if address < LOWEST:
                return
            word = self.shadow.word(address)
            if word.state != "unknown":
                break
            address -= self.granule
        else:
            return
        if word.is_gone or (value == address and where != STACK):
            self._insert(Clue(where, offset, value, address, word))

    def _insert(self, clue):
        """What is gone comes before what lives."""
        if any(known.object == clue.object for known in self.found):
            return
        at = len(self.found)
        while at > 0 and clue.word.is_gone and not (
                self.found[at - 1].word.is_gone):
            at -= 1
        self.found.insert(at, clue)
        del self.found[CLUES_MOST:]

    def _type(self, clue):
        if clue.word.is_recorded:
            record = self.shadow.record(clue.object, clue.word.generation)
            if record:
                return record.type
        return self.interpreter.type_name(self.interpreter.header(
            clue.object))
