# SPDX-License-Identifier: MIT
"""How an object came to its end, and what was done to it, by the rings of all
threads: runtime/shadow/history.c and lifetimes.c,
runtime/report/complete_death.c."""

import bisect
import itertools

from .depots import is_python
from .rings import HALF, UNKNOWN, frame_above

HISTORY_MOST = 32
TAIL_CALL_BYTES = 512
BORN, GONE = "BORN", "GONE"


class Lives:
    def __init__(self, rings, python, note):
        self.rings, self.python = rings, python
        self.born = rings.number_of(BORN)
        self.gone = rings.number_of(GONE)
        self.whole = note.number("RS_LIFE_STACK")

    # ---- births and deaths

    def find(self, address, word, op):
        """The newest life event of it, or None."""
        found = None
        for thread in self.rings.threads.values():
            life = self.rings.life_of(thread, op, address, word.generation)
            if life and (found is None or life.ticks > found.ticks):
                found = life
        return found

    def frames(self, life):
        if life.place & self.whole:
            return self.rings.stacks.get(life.place & HALF)
        frame = self.python.resolve_top(life.place, life.instruction)
        return (frame,) if frame else ()

    def is_over(self, address, word, destroyer, stack, is_own):
        """Has the dealloc returned for certain? `stack`: the stack pointer of
        the thread that asks."""
        thread = self.rings.threads.get(destroyer)
        if thread is None:
            return False
        highest = stack & HALF if is_own else None
        for life in self.rings.lives(thread):
            if life.op == self.gone and is_of(life, address, word):
                return highest is not None and frame_above(
                    highest, life.frame) >= TAIL_CALL_BYTES
            if highest is None or frame_above(life.frame, highest) > 0:
                highest = life.frame
        return False

    # ---- operations

    def history(self, address, word, born):
        """The last ones of it, oldest first."""
        acts = []
        for slot in sorted(self.rings.threads):
            thread = self.rings.threads[slot]
            for act in self.rings.acts_of(thread, address, word.generation):
                if act.ticks >= born:
                    put(acts, act, HISTORY_MOST, bisect.bisect_left)
        return acts

    def last(self, most):
        """The last operations of all threads, oldest first."""
        acts = []
        for slot in sorted(self.rings.threads):
            thread = self.rings.threads[slot]
            for act in itertools.islice(self.rings.acts(thread), most):
                put(acts, act, most, bisect.bisect_right)
        return acts

    # ---- deaths

    def zero(self, history, own, death_slot, death_ticks):
        """The release that took the count to zero, or None. `own`: the act
        that is the finding's, which is none of them."""
        for act in reversed(history):
            if (act is not own and act.op in self.rings.drops
                    and not act.is_skipped and act.after <= 0
                    and (act.slot == death_slot
                         or act.ticks <= death_ticks)):
                return act
        return None


def put(acts, act, most, side):
    """Keeps them in order, and the newest; `side` says where one goes that has
    the same time."""
    at = side([known.ticks for known in acts], act.ticks)
    if len(acts) == most:
        if at == 0:
            return
        del acts[0]
        at -= 1
    acts.insert(at, act)


def is_of(entry, address, word):
    return entry.object == address and (
        entry.generation == word.generation & 0xff)


def says_more(death, zero):
    """Has the death a frame that the release has not?"""
    return any(frame not in zero for frame in death)


def native_of(frames):
    return [frame for frame in frames if not is_python(frame)]


def is_within(live, death):
    """Has the function in which the object died not returned?"""
    live, death = native_of(live), native_of(death)
    return len(death) > 1 and death[1] in live[1:]


def known(number):
    return None if number == UNKNOWN else number
