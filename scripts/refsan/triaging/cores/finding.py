# SPDX-License-Identifier: MIT
"""The finding of a crash, as the process itself would have completed it:
runtime/crash/crash.c, runtime/report/complete.c.

Missed: names of threads but the main one's, which are the kernel's; and that
an object is of an earlier life of the runtime."""

import dataclasses

from .headers import FREE_THREADED
from .lives import is_within, native_of, says_more
from .rings import HALF, frame_above

STACKS_MOST, THREADS_MOST = 8, 8


@dataclasses.dataclass
class Stack:
    role: str
    op: str
    slot: int
    frames: tuple


@dataclasses.dataclass
class Step:
    """What was known of the suspect: runtime/shadow/describe.c."""
    word: object
    header: object = None
    record: object = None
    destroyer: int = 0
    is_over: bool = False

    @property
    def has_count(self):
        return self.header is not None and (
            not self.word.is_gone
            or not self.is_over and self.header.is_at_zero)


class Finding:
    """`memory`: what explain.py has opened; `crashed`: the thread of the core,
    or None of one that runs on."""

    def __init__(self, memory, suspect, stacks):
        self.memory, self.suspect = memory, suspect
        self.own = memory.known_thread(memory.crashed)
        self.slot = self.own.slot if self.own else 0
        self.act = stacks[memory.crashed.tid]
        self.threads_stacks = stacks
        self.kind = "crash-dead-object" if suspect else "crash"
        self.object = suspect.object if suspect else 0
        self.step = self._describe()
        self.evidence = self._evidence()
        self.stacks, self.history = [], []
        self._complete()

    # ---- the object

    def _describe(self):
        shadow = self.memory.shadow
        if not self.suspect:
            return Step(shadow.nothing)
        address, word = self.suspect.object, self.suspect.word
        header = self.memory.interpreter.header(address)
        step = Step(self._judged(address, word, header), header)
        if step.word.is_recorded:
            step.record = shadow.record(address, step.word.generation)
        if not step.word.is_gone:
            return step
        step.destroyer = self._destroyer(step)
        step.is_over = step.word.state == "dead" or (
            self.memory.lives.is_over(
                address, step.word, step.destroyer, self.memory.stack_pointer,
                step.destroyer == self.slot))
        return step

    def _judged(self, address, word, header):
        """What may be judged by. An object can come back without a birth."""
        interpreter = self.memory.interpreter
        if self.memory.note.value("lives_distrusted"):
            return self.memory.shadow.nothing
        if header is not None and header.looks_alive and (
                interpreter.is_type(header.type)) and not (
                interpreter.is_link(header, address)):
            return self.memory.shadow.with_state(word, "live")
        return word

    @staticmethod
    def _destroyer(step):
        if step.record is None and step.word.is_recorded:
            return 0
        if step.record and step.record.destroyer:
            return step.record.destroyer
        return step.word.creator

    def _evidence(self):
        if not self.suspect:
            return []
        seen = {"address": "crash-address", "stack": "crash-stack"}.get(
            self.suspect.where, "crash-register")
        is_dead = self.suspect.word.state == "dead"
        return ["dealloc-over" if is_dead else "crash-dying", seen]

    @property
    def state(self):
        return "dead" if self.step.is_over else self.step.word.state

    @property
    def type(self):
        record = self.step.record
        return record.type if record and record.type else (
            self.memory.interpreter.type_name(self.step.header))

    @property
    def owner(self):
        """A slot; 0 where it is not known."""
        header = self.step.header
        if header is None or header.kind != FREE_THREADED:
            return self.step.word.creator
        if not self.step.has_count:
            return 0
        if self.own and header.owner == self.own.pointer:
            return self.slot
        return self.memory.find_owner(header.owner)

    @property
    def interpreter_id(self):
        record = self.step.record
        if record and record.interpreter is not None:
            return record.interpreter
        return self.memory.interpreter_id(self.step.word, self.own)

    # ---- its stacks

    def _add(self, role, op, slot, frames):
        if len(self.stacks) < STACKS_MOST:
            self.stacks.append(Stack(role, op, slot, tuple(frames)))

    def _complete(self):
        lives, word = self.memory.lives, self.step.word
        birth = lives.find(self.object, word, lives.born)
        history = lives.history(self.object, word, birth.ticks if birth else 0)
        self._add("act", "crash", self.slot, self.act)
        self._complete_death(history)
        self._add_recorded()
        self._add_last(history)
        if birth or word.creator:
            self._add("birth", "born", birth.slot if birth else word.creator,
                      lives.frames(birth) if birth else ())
        most = self.memory.option("history")
        self.history = history[-most:] if most else []

    def _complete_death(self, history):
        lives, word = self.memory.lives, self.step.word
        if not word.is_gone:
            return
        death = lives.find(self.object, word, lives.gone)
        slot = death.slot if death else self.step.destroyer
        began = lives.frames(death) if death else ()
        zero = lives.zero(history, self._own_act(history), slot,
                          death.ticks if death else 0)
        if zero:
            self._add("zero", self.memory.rings.op(zero.op), zero.slot,
                      zero.frames)
        if not zero or zero.slot != slot or says_more(began, zero.frames):
            self._add("death", "gone", slot, began)
        if death and not self.step.is_over:
            self._add_live(death, zero.frames if zero and zero.slot == slot
                           else began)

    def _own_act(self, history):
        """The act itself, where it is in the history."""
        return next((act for act in reversed(history)
                     if self.memory.rings.op(act.op) == "crash"
                     and act.slot == self.slot
                     and tuple(act.frames) == tuple(self.act)), None)

    def _add_live(self, death, began):
        """Where the dealloc is now, if it runs."""
        known = self.memory.rings.threads.get(death.slot)
        thread = known and self.memory.core_thread(known)
        if not thread or death.slot == self.slot or (
                len(native_of(began)) < 2):
            return
        stack = thread.registers[self.memory.core.machine.stack]
        live = self.threads_stacks.get(thread.tid, ())
        if frame_above(stack & HALF, death.frame) < 0 and is_within(
                live, began):
            self._add("live", "gone", death.slot, live)

    def _add_recorded(self):
        record, stacks = self.step.record, self.memory.stacks
        if not record:
            return
        foreign = stacks.get(record.foreign_stack)
        if record.foreign and foreign != tuple(self.stacks[0].frames):
            self._add("first-foreign",
                      self.memory.rings.op(record.foreign_op),
                      record.foreign, foreign)
        if record.immortal_stack:
            self._add("immortalized", "immortalized", 0,
                      stacks.get(record.immortal_stack))

    def _add_last(self, history):
        for act in reversed(history):
            if len(self.stacks) != 1:
                break
            if tuple(act.frames) != self.stacks[0].frames and (
                    not act.is_skipped):
                self._add("last", self.memory.rings.op(act.op), act.slot,
                          act.frames)

    def named_slots(self):
        """Of the threads that are named."""
        slots = [self.slot, self.owner, self.step.word.creator,
                 *(stack.slot for stack in self.stacks),
                 *(act.slot for act in self.history)]
        return [slot for slot in dict.fromkeys(slots)
                if slot in self.memory.rings.threads][:THREADS_MOST]
