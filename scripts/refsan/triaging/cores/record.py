# SPDX-License-Identifier: MIT
"""A finding as JSON (docs/json.md): runtime/report/report_json.c,
json_stacks.c and crash_json.c."""

import signal

from ... import tables
from . import running_test
from .depots import is_python
from .headers import FREE_THREADED, SHARED_STATES
from .lives import known
from .places import CALLERS, MASK, word

TYPE_BYTES, NAME_BYTES = 255, 63
FATAL_NAMES = {number: number.name for number in (
    signal.SIGSEGV, signal.SIGBUS, signal.SIGILL, signal.SIGFPE,
    signal.SIGABRT, signal.SIGTRAP)}
NO_FATAL = "a signal"  # rs_sys_signal_name()


def make(finding, clues, stacks, operations):
    return Record(finding).make(clues, stacks, operations)


class Record:
    def __init__(self, finding):
        self.finding, self.memory = finding, finding.memory
        self.places = finding.memory.places

    def make(self, clues, stacks, operations):
        finding = self.finding
        kind = tables.kinds()[finding.kind]
        evidence = [slug for slug in tables.evidence()
                    if slug in finding.evidence]
        return {
            "schema": 1, "kind": kind.slug, "severity": kind.severity,
            "summary": kind.summary,
            "fingerprint": self.places.fingerprint(kind.slug, finding.act),
            "pid": self.memory.core.pid or self.memory.crashed.tid,
            "host": self.memory.interpreter.name(), "tier": self._tier(),
            **running_test.find(self.memory, finding.act), "skipped": False,
            "evidence": evidence, "object": self._object(),
            "threads": [self._thread(slot)
                        for slot in finding.named_slots()],
            "crash": self._crash(clues, stacks, operations),
            "stacks": [self._stack(stack) for stack in finding.stacks],
            "history": [self._act(act) for act in finding.history],
            "hint": kind.hint,
            "suppress": self.places.suppression(
                kind.slug, finding.act, word(finding.type, TYPE_BYTES))}

    def _tier(self):
        interpreter = self.memory.interpreter
        return ("embedded" if interpreter.is_embedded
                else "tsan" if interpreter.said("is_tsan")
                else "instrumented"
                if self.memory.note.value("is_instrumented") else "stock")

    # ---- the object and threads

    def _object(self):
        finding, step = self.finding, self.finding.step
        return {"address": hex(finding.object),
                "type": word(finding.type, TYPE_BYTES) or None,
                "state": finding.state, "marks": step.word.marks,
                "owner": finding.owner or None,
                "creator": step.word.creator or None,
                "counts": self._counts(step),
                "interpreter": finding.interpreter_id,
                "generation": step.record.generation if step.record else None}

    @staticmethod
    def _counts(step):
        header = step.header
        if not step.has_count:
            return None
        counts = {"total": header.count}
        if header.kind == FREE_THREADED:
            counts |= {"local": header.local, "shared": header.shared_count,
                       "shared_state": SHARED_STATES[header.shared & 3]
                       or None, "deferred": header.is_deferred}
        return {**counts, "immortal": header.is_immortal}

    def name(self, thread):
        """Of a thread of refsan's list. That of a running one is the
        kernel's, and in a core only the main one's."""
        core = self.memory.core
        own = core.name if thread.tid == core.pid and (
            not thread.has_ended) else thread.name
        return word(own, NAME_BYTES) or None

    def _thread(self, slot):
        thread = self.memory.rings.threads[slot]
        return {"id": slot, "name": self.name(thread),
                "created_by": thread.created_by or None, "tid": thread.tid,
                "ended": thread.has_ended}

    # ---- stacks and operations

    def _file(self, symbol):
        return symbol.file.removeprefix(self.memory.strip) or None

    def _frame(self, frame):
        symbol = self.places.symbol(frame)
        said = {"function": symbol.function or None,
                "file": self._file(symbol), "line": symbol.line or None}
        if symbol.is_python:
            return said
        said |= {"module": symbol.module or None,
                 "build_id": symbol.build_id or None,
                 "offset": hex(symbol.offset),
                 "address": hex(symbol.pc - 1 & MASK)}
        if self.places.is_host(frame):
            said["interpreter"] = True
        return said

    def _frames(self, frames):
        return {"frames": [self._frame(frame) for frame in frames
                           if not is_python(frame)],
                "python": [self._frame(frame) for frame in frames
                           if is_python(frame)]}

    def _stack(self, stack):
        return {"role": stack.role, "thread": stack.slot or None,
                "op": stack.op, **self._frames(stack.frames)}

    def _spot(self, frame):
        symbol = self.places.symbol(frame)
        return {"function": symbol.function or None,
                "file": self._file(symbol), "line": symbol.line or None,
                "module": symbol.module or None,
                "offset": hex(symbol.offset)}

    def _act(self, act):
        site = self.places.site(act.frames)
        said = {"thread": act.slot or None,
                "op": self.memory.rings.op(act.op),
                "site": None if site is None else self._spot(site)}
        if self.memory.option("op_stacks"):
            said["callers"] = [self._spot(frame) for frame in
                               self.places.visible(act.frames)[
                                   1:1 + CALLERS]]
        said |= {"count_before": known(act.before),
                 "count_after": known(act.after)}
        return {**said, "skipped": True} if act.is_skipped else said

    # ---- the crash

    def _crash(self, clues, stacks, operations):
        core = self.memory.core
        fault, registers = core.fault, self.memory.crashed.registers
        threads, silent = self._threads(stacks)
        return {"signal": FATAL_NAMES.get(fault.number, NO_FATAL),
                "code": fault.code,
                "address": None if fault.address is None
                else hex(fault.address),
                "reason": self._reason(fault) or None,
                "registers": {name: hex(registers[name])
                              for name in core.machine.shown},
                "pointers": [self._pointer(clue) for clue in clues],
                "threads": threads, "silent_threads": silent,
                "operations": [{"object": hex(act.object), **self._act(act)}
                               for act in operations]}

    def _reason(self, fault):
        by_itself = fault.sender == self.memory.core.pid
        for row in tables.fault_sent() if fault.sender else ():
            if row.by_itself == by_itself:
                return row.sentence
        return next((row.sentence for row in tables.fault_reasons()
                     if (row.signal, row.code) == (fault.number, fault.code)),
                    "")

    @staticmethod
    def _pointer(clue):
        return {"in": clue.where, "offset": clue.offset,
                "value": hex(clue.value), "object": hex(clue.object),
                "type": word(clue.type, TYPE_BYTES) or None,
                "state": clue.word.state}

    def _threads(self, stacks):
        """Where the others are, those at the same place together; and how
        many do not say. Those that refsan knows come first."""
        memory, rows, silent = self.memory, {}, 0
        others = [(memory.known_thread(thread), thread)
                  for thread in memory.core.threads
                  if thread is not memory.crashed]
        others.sort(key=lambda pair: (pair[0] is None,
                                      pair[0].slot if pair[0] else 0))
        for own, thread in others:
            frames = stacks[thread.tid]
            if not frames:
                silent += 1
            elif frames in rows:
                rows[frames]["others"] += 1
            else:
                rows[frames] = {"thread": own.slot if own else None,
                                "tid": thread.tid,
                                "name": self.name(own) if own else None,
                                "others": 0, **self._frames(frames)}
        return list(rows.values()), silent
