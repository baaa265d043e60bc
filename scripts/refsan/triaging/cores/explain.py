# SPDX-License-Identifier: MIT
"""From a core file to a finding: opens everything that is in it, and asks in
the order in which the process itself would have asked."""

import signal

from ...mistake import Mistake
from . import opening, record
from .clues import Clues
from .depots import Stacks
from .elf_core import Absent, ElfCore
from .finding import Finding
from .interpreter import Interpreter
from .lives import Lives
from .modules import Modules
from .note import Note
from .places import Places
from .python_frames import PythonFrames
from .rings import Rings
from .shadow import Shadow, Word
from .unwinding import Unwinder

FATAL = {signal.SIGSEGV, signal.SIGBUS, signal.SIGILL, signal.SIGFPE,
         signal.SIGABRT, signal.SIGTRAP}
OPERATIONS = 16
PATH_MOST = 4096


class Memory:
    """All that is read out of a core, opened."""

    def __init__(self, file, path, exe=None):
        self.core = core = ElfCore(file, path)
        self.modules = Modules(core, exe)
        self.note = note = Note(core, self.modules)
        if not core.threads:
            raise Mistake(f"{path} names no threads")
        self.crashed = core.threads[0]
        self.stack_pointer = self.crashed.registers[core.machine.stack]
        try:
            self.stacks = Stacks(note)
            self.rings = Rings(note, self.stacks)
            self.shadow = Shadow(note)
            self.interpreter = Interpreter(note)
            self.python = PythonFrames(self.interpreter)
            self.lives = Lives(self.rings, self.python, note)
            self.places = Places(self.modules, self.stacks, self.interpreter,
                                 note.variable("plane").address)
            self.unwinder = Unwinder(core, self.modules)
            self.strip = self._strip()
            self.running = {known.tid: known for known in reversed(
                self.rings.threads.values()) if not known.has_ended}
        except Absent as error:
            raise Mistake(f"{path} lacks refsan's memory: it is cut short, or "
                          "was written without data") from error

    # ---- questions

    def option(self, name):
        return self.note.member(self.note.variable("options").address,
                                f"rs_options.{name}")

    def _strip(self):
        where = self.option("strip_path_prefix")
        return self.core.string(where, PATH_MOST).decode(
            errors="surrogateescape") if where else ""

    def known_thread(self, thread):
        """Refsan's entry of a thread of the core, or None."""
        return self.running.get(thread.tid)

    def core_thread(self, known):
        return None if known.has_ended else next(
            (thread for thread in self.core.threads
             if thread.tid == known.tid), None)

    def find_owner(self, pointer):
        """The slot of the thread with that thread pointer: one that runs,
        else the last one to end."""
        note, found = self.note, []
        use, ended = note.variable("slots.use"), note.variable(
            "slots.ended_at")
        for slot, thread in self.rings.threads.items():
            if thread.pointer != pointer:
                continue
            state = self.core.number(use.address + slot, 1)
            if state == note.number("RS_SLOT_RUNNING"):
                return slot
            if state == note.number("RS_SLOT_ENDED"):
                found.append((self.core.word(ended.address + 8 * slot), slot))
        return max(found, default=(0, 0))[1]

    def interpreter_id(self, word, own):
        """Of the interpreter that made an object; None where that is not
        known."""
        if own and Word(own.live_word, self.shadow).interpreter != (
                word.interpreter):
            at = self.note.variable("interpreters").address
            return self.core.word(at + 8 * word.interpreter)
        return self.interpreter.interpreter_id(
            self.thread_state(self.crashed))

    def thread_state(self, thread):
        """The interpreter's, or 0. Before 3.13 and on the embedded runtime it
        is had by a call; then it is what refsan saw last."""
        known = self.known_thread(thread)
        return self.python.thread_state(thread) or (
            known.state if known and not self.interpreter.has_list else 0)

    def stack(self, thread):
        """Native frames, then Python's."""
        low, high = self._own_code()
        walked = self.unwinder.walk(thread)
        native = [pc for at, pc in enumerate(walked)
                  if at == 0 or not low <= pc < high]
        if thread is self.crashed:
            del native[self.option("native_frames"):]
        return (*native, *self.python.frames(
            self.thread_state(thread), self.option("python_frames")))

    def _own_code(self):
        refsan = self.places.refsan
        return (refsan.low, refsan.text_high) if refsan else (0, 0)

    def lost(self):
        """slug -> count, of all that is above zero."""
        address, size = self.note.variable("lost")
        counts = {}
        for number, slug in self.note.names("lost:").items():
            if 8 * number < size:
                count = self.core.word(address + 8 * number)
                if count:
                    counts[slug] = count
        return counts

    def sees_lives(self):
        """Were births and deaths seen?"""
        return not self.note.value("lives_distrusted") and any(
            self.rings.written(thread, "lives")
            for thread in self.rings.threads.values())

    def operations(self):
        """How many were seen."""
        return sum(thread.seen + self.rings.written(thread)
                   for thread in self.rings.threads.values())


class Explained:
    """`finding` as docs/json.md has it, and what it rests on. Of a process
    that had not crashed it is none, but says where it was."""

    def __init__(self, memory, finding):
        core = memory.core
        self.finding = finding
        self.is_crash = core.fault.number in FATAL
        self.version = memory.note.version
        self.operations = memory.operations()
        self.sees_lives = memory.sees_lives()
        self.known_threads = len(memory.rings.threads)
        self.threads = len(core.threads)
        self.lost = memory.lost()
        self.missing = core.missing
        self.others = [(module.path, module.build_id)
                       for module in memory.modules.all
                       if module.is_other_file]


def explain(path, exe=None):
    """What a core says. Mistake where it says nothing."""
    file = opening.open_core(path)
    try:
        return explain_file(file, path, exe)
    finally:
        file.close()


def explain_file(file, path, exe=None):
    memory = Memory(file, path, exe)
    try:
        return make(memory)
    except Absent as error:
        raise Mistake(f"{path} lacks refsan's memory: it is cut short, or was "
                      "written without data") from error


def make(memory):
    clues = Clues(memory.core, memory.shadow, memory.interpreter,
                  memory.rings)
    clues.collect(memory.crashed, memory.core.fault)
    stacks = {thread.tid: memory.stack(thread)
              for thread in memory.core.threads}
    is_crash = memory.core.fault.number in FATAL
    finding = Finding(memory, clues.suspect() if is_crash else None, stacks)
    return Explained(memory, record.make(
        finding, clues.found, stacks, memory.lives.last(OPERATIONS)))


