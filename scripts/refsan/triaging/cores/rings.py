# SPDX-License-Identifier: MIT
"""The threads that refsan knew, and the rings of what they did: operations,
births and deaths. runtime/thread/."""

import collections
import struct

from .elf_core import Absent

ENTRIES_MOST = 1 << 22  # of a ring; options.def allows fewer
SLOTS_MOST = 1 << 16
UNKNOWN = -1 << 31  # a count that is not known
HALF = 0xffffffff
OF_LIFE = ~(1 << 55)  # of a target: all but the mark of a site
Act = collections.namedtuple(
    "Act", "op slot frames before after is_skipped ticks object generation")
Life = collections.namedtuple("Life", "op slot ticks place instruction frame "
                              "object generation")


class KnownThread:
    """A thread of refsan's list."""

    def __init__(self, rings, slot, address):
        note = rings.note
        self.slot, self.address = slot, address
        self.pointer = note.member(address, "rs_thread.pointer")
        self.tid = note.member(address, "rs_thread.tid")
        self.created_by = note.member(address, "rs_thread.created_by")
        self.has_ended = bool(note.member(address, "rs_thread.has_ended"))
        self.live_word = note.member(address, "rs_thread.live_word")
        self.state = note.member(address, "rs_thread.tstate")
        self.seen = note.member(address, "rs_thread.events")
        self.name = ""
        if self.has_ended:
            where = note.place("rs_thread.name")
            self.name = note.core.string(
                address + where.offset, where.bytes).decode(
                    errors="surrogateescape")


class Rings:
    def __init__(self, note, stacks):
        self.note, self.core, self.stacks = note, note.core, stacks
        self.ops = note.names("event:")
        self.drops = {op for op in self.ops if note.traits[
            f"event:{self.ops[op]}"] & note.number("RS_TRAIT_DROPS")}
        self.entry = max(note.size("rs_ring_entry"), 32)
        # Four words in this order, as ever; FORMAT would change with that.
        self.form = f"<4Q{self.entry - 32}x"
        self.numbers = {name: note.number(name) for name in (
            "RS_TARGET_SITE", "RS_RING_SKIPPED", "RS_RING_BELOW_AFTER",
            "RS_RING_BELOW_BEFORE", "RS_RING_SITE_MASK")}
        self.threads = dict(self._read_threads())
        self.known = {}

    def _read_threads(self):
        """slot -> thread."""
        table, size = self.note.variable("threads")
        step = self.note.size("rs_thread")
        top = min(self.note.value("slots.top"), SLOTS_MOST,
                  size // step - 1)
        for slot in range(1, top + 1):
            try:
                yield slot, KnownThread(self, slot, table + slot * step)
            except Absent:
                continue

    def op(self, number):
        """As JSON says it."""
        return self.ops.get(number, f"event_{number}").lower()

    def number_of(self, name):
        """0 where there is none."""
        return next((number for number, own in self.ops.items()
                     if own == name), 0)

    # ---- rings as bytes

    def _raw(self, thread, ring):
        """(ticks, target, place, detail), the newest first."""
        key = thread.slot, ring
        if key not in self.known:
            try:
                self.known[key] = list(self._entries(thread, ring))
            except Absent:
                self.known[key] = []
        return self.known[key]

    def written(self, thread, ring="acts"):
        at = self.note.member_at(thread.address, f"rs_thread.{ring}")
        return self.note.member(at, "rs_ring.written")

    def _entries(self, thread, ring):
        at = self.note.member_at(thread.address, f"rs_thread.{ring}")
        words = self.note.member(at, "rs_ring.words")
        size = self.note.member(at, "rs_ring.size")
        written = self.note.member(at, "rs_ring.written")
        if not words or not 0 < size <= ENTRIES_MOST or size & (size - 1):
            return
        # The slot of the next entry may be half written: it is left out.
        count = min(written, size - 1)
        raw = self.core.read(words, min(written, size) * self.entry)
        rows = list(struct.iter_unpack(self.form, raw))
        for back in range(1, count + 1):
            yield rows[written - back & size - 1]

    @staticmethod
    def target(word):
        """object, op, generation's low byte."""
        return word & 0xffffffffffff, word >> 48 & 0x7f, word >> 56

    # ---- operations

    def acts(self, thread):
        """The newest first."""
        for entry in self._raw(thread, "acts"):
            yield self._act(thread.slot, entry)

    def acts_of(self, thread, address, generation):
        for entry in self._raw(thread, "acts"):
            if entry[1] & 0xffffffffffff == address and (
                    entry[1] >> 56 == generation & 0xff):
                yield self._act(thread.slot, entry)

    def targets(self, thread, most):
        """(object, generation) of the last ones."""
        for entry in self._raw(thread, "acts")[:most]:
            yield entry[1] & 0xffffffffffff, entry[1] >> 56

    def _act(self, slot, entry):
        ticks, target, place, detail = entry
        number = self.numbers
        if target & number["RS_TARGET_SITE"]:
            frames = (self.stacks.site_frame(
                place & number["RS_RING_SITE_MASK"]),)
        else:
            frames = self.stacks.get(place & HALF)
        address, op, generation = self.target(target)
        before = count(detail & HALF, place & number["RS_RING_BELOW_BEFORE"])
        after = count(detail >> 32, place & number["RS_RING_BELOW_AFTER"])
        is_skipped = bool(place & number["RS_RING_SKIPPED"])
        return Act(op, slot, frames, before,
                   before if is_skipped else after, is_skipped, ticks, address,
                   generation)

    # ---- births and deaths

    def lives(self, thread):
        """The newest first."""
        for entry in self._raw(thread, "lives"):
            yield self._life(thread.slot, entry)

    def life_of(self, thread, op, address, generation):
        """The newest one that is of it, or None."""
        wanted = address | op << 48 | (generation & 0xff) << 56
        return next((self._life(thread.slot, entry)
                     for entry in self._raw(thread, "lives")
                     if entry[1] & OF_LIFE == wanted), None)

    def _life(self, slot, entry):
        ticks, target, place, detail = entry
        address, op, generation = self.target(target)
        return Life(op, slot, ticks, place, detail & HALF, detail >> 32,
                    address, generation)


def count(low, is_negative):
    return low - (1 << 32) if is_negative and low >> 31 else low


def frame_above(one, other):
    """By how many bytes a frame lies above another, of both of which only the
    lower half is known."""
    difference = one - other & HALF
    return difference - (1 << 32) if difference >> 31 else difference
