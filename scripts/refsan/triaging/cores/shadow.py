# SPDX-License-Identifier: MIT
"""What refsan knew of an address: words and records. runtime/shadow/."""

import dataclasses
import typing

from .elf_core import Absent

PROBES = 16  # record.c
HASH = 0x9e3779b97f4a7c15
NAME_BYTES = 64


class Word:
    """runtime/event/word.h."""

    def __init__(self, bits, shadow):
        self.bits, self.shadow = bits, shadow

    def _field(self, name, names):
        number = self.shadow.number
        return self.bits >> number[f"RS_WORD_{name}_SHIFT"] & (
            number[f"RS_WORD_{names}"] - 1)

    @property
    def state(self):
        """unknown, live, immortal, dying, dead."""
        return self.shadow.states.get(
            self.bits & self.shadow.number["RS_WORD_STATE"], "unknown")

    @property
    def is_gone(self):
        return self.state in ("dying", "dead")

    @property
    def creator(self):
        return self._field("CREATOR", "CREATORS")

    @property
    def interpreter(self):
        return self._field("INTERPRETER", "INTERPRETERS")

    @property
    def generation(self):
        return self._field("GENERATION", "GENERATIONS")

    @property
    def is_recorded(self):
        return bool(self.bits & self.shadow.number["RS_MARK_RECORDED"])

    @property
    def marks(self):
        return [name for mark, name in self.shadow.marks.items()
                if self.bits & mark]


@dataclasses.dataclass
class Record:
    generation: int = 1
    interpreter: typing.Optional[int] = None
    destroyer: int = 0
    foreign: int = 0
    foreign_op: int = 0
    foreign_stack: int = 0
    immortal_stack: int = 0
    type: str = ""


class Shadow:
    NUMBERS = ("RS_PLANE_LEAF_SHIFT RS_PLANE_ADDRESS_BITS RS_GRANULE_SHIFT "
               "RS_WORD_STATE RS_WORD_CREATOR_SHIFT RS_WORD_CREATORS "
               "RS_WORD_INTERPRETER_SHIFT RS_WORD_INTERPRETERS "
               "RS_WORD_GENERATION_SHIFT RS_WORD_GENERATIONS "
               "RS_MARK_RECORDED RS_RECORD_TAG_SHIFT RS_RECORD_FACT_BITS "
               "RS_RECORD_INTERPRETER RS_RECORD_DESTROYER RS_RECORD_FOREIGN "
               "RS_RECORD_IMMORTAL_STACK RS_RECORD_GENERATION "
               "RS_RECORD_TYPE_WRITTEN").split()

    def __init__(self, note):
        self.note, self.core = note, note.core
        self.number = {name: note.number(name) for name in self.NUMBERS}
        self.states = note.names("state:")
        self.marks = note.names("mark:")
        self.root = note.member(note.variable("plane").address,
                                "rs_plane.root")
        self.nothing = Word(0, self)

    def word(self, address):
        """The address's word; all zero where nothing was seen."""
        number = self.number
        shift = number["RS_PLANE_LEAF_SHIFT"]
        if not self.root or address >> number["RS_PLANE_ADDRESS_BITS"]:
            return self.nothing
        try:
            leaf = self.core.word(self.root + 8 * (address >> shift))
            at = (address & (1 << shift) - 1) >> number["RS_GRANULE_SHIFT"]
            return Word(leaf and self.core.number(leaf + 4 * at, 4), self)
        except Absent:
            return self.nothing

    def with_state(self, word, name):
        """The same word with another state."""
        mask = self.number["RS_WORD_STATE"]
        state = next((number for number, own in self.states.items()
                      if own == name), 0)
        return Word(word.bits & ~mask | state, self)

    # ---- records

    def record(self, address, generation):
        """None where there is none of that life."""
        try:
            table = self.note.value("records.table")
            mask = self.note.value("records.mask")
            for step in range(PROBES if table else 0):
                at = ((address >> 4) * HASH % (1 << 64) >> 32) + step & mask
                entry = table + at * self.note.size("rs_record_entry")
                key = self.note.member(entry, "rs_record_entry.key")
                if key == 0:
                    return None
                shift = self.number["RS_RECORD_TAG_SHIFT"]
                if key & (1 << shift) - 1 == address:
                    return self._read(entry, key >> shift, generation)
        except Absent:
            pass
        return None

    def _read(self, entry, tag, generation):
        if tag & self.number["RS_WORD_GENERATIONS"] - 1 != generation:
            return None
        record = Record(type=self._type(entry, tag))

        def fact(name):
            return self._fact(entry, tag, f"RS_RECORD_{name}")

        record.generation += fact("GENERATION") or 0
        record.interpreter = fact("INTERPRETER")
        record.destroyer = fact("DESTROYER") or 0
        record.immortal_stack = (fact("IMMORTAL_STACK") or 0) & 0xffffffff
        foreign = fact("FOREIGN") or 0
        record.foreign_stack = foreign & 0xffffffff
        record.foreign = foreign >> 32 & self.number["RS_WORD_CREATORS"] - 1
        record.foreign_op = foreign >> 44
        return record

    def _fact(self, entry, tag, name):
        """None where it was not said of this life."""
        shift = self.number["RS_RECORD_TAG_SHIFT"]
        word = self.core.word(self.note.member_at(
            entry, "rs_record_entry.facts") + 8 * self.number[name])
        if not word & 1 or word >> shift != tag:
            return None
        return word >> 1 & (1 << self.number["RS_RECORD_FACT_BITS"]) - 1

    def _type(self, entry, tag):
        state = self.note.member(entry, "rs_record_entry.type_state")
        if state != (tag << self.number["RS_RECORD_TAG_SHIFT"]
                     | self.number["RS_RECORD_TYPE_WRITTEN"]):
            return ""
        return self.core.string(
            self.note.member_at(entry, "rs_record_entry.type"),
            NAME_BYTES).decode(errors="surrogateescape")
