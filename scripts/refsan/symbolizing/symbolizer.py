# SPDX-License-Identifier: MIT
"""Module and offset -> functions, files and lines, by llvm-symbolizer or
addr2line, whichever is here. One process each, asked as long as it answers."""

import os
import re
import select
import shutil
import subprocess
import time

from .. import foreign
from . import elf

SECONDS = 5
PATIENCE = 3  # modules without an answer, before there was any, end it all
# Inline functions of Python's headers (Py_DECREF) are not the user's code.
HEADERS = re.compile(r"/include/python3\.\d+t?d?/|/Include/(?:cpython/|"
                     r"internal/)?[\w.]+$")


NAME_MAX = 200  # characters, each of up to four bytes
AWKWARD = re.compile(r"[\x00-\x1f\"'\\]")


class Silent(Exception):
    """The tool does not answer."""


class Process:
    """A tool that answers lines with lines."""

    def __init__(self, command):
        environment = {name: value for name, value in os.environ.items()
                       if name not in ("LD_PRELOAD", "DEBUGINFOD_URLS")}
        self.child = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL, env=environment,
            start_new_session=True)
        self.buffer = b""

    def ask(self, question, is_complete):
        """The lines of the answer."""
        deadline = time.monotonic() + SECONDS
        try:
            self.child.stdin.write(os.fsencode(question))
            self.child.stdin.flush()
        except OSError as error:
            raise Silent from error
        lines = []
        while not is_complete(lines):
            lines.append(self._read_line(deadline))
        return lines

    def _read_line(self, deadline):
        answers = select.poll()  # select() has no descriptors above 1023
        answers.register(self.child.stdout, select.POLLIN)
        while b"\n" not in self.buffer:
            wait = max(0, deadline - time.monotonic())
            ready = answers.poll(wait * 1000)
            chunk = (os.read(self.child.stdout.fileno(), 65536) if ready
                     else b"")
            if not chunk:
                raise Silent
            self.buffer += chunk
        line, _, self.buffer = self.buffer.partition(b"\n")
        return line.decode(errors="replace")

    def close(self):
        self.child.kill()
        self.child.communicate()


class Llvm:
    """All modules by one process: "CODE file offset"; an empty line ends an
    answer, which is function and file:line:column by turns."""

    def __init__(self, path):
        self.process = Process([path, "--demangle", "--inlines",
                                "--functions=linkage"])
        self.opened = {}

    def _name(self, module):
        """Its line has quotes and no way to write one within, and 1,024 bytes:
        a file whose name cannot stand there is open here, and has another
        name."""
        if len(module) < NAME_MAX and not AWKWARD.search(module):
            return module
        if module not in self.opened:
            self.opened[module] = open(module, "rb")
        return f"/proc/{os.getpid()}/fd/{self.opened[module].fileno()}"

    def ask(self, module, offset):
        question = f'CODE "{self._name(module)}" {offset:#x}\n'
        lines = self.process.ask(question,
                                 lambda lines: lines and not lines[-1])[:-1]
        return [(function, re.sub(r":\d+$", "", place))
                for function, place in zip(lines[::2], lines[1::2])]

    def close(self):
        self.process.close()
        for file in self.opened.values():
            file.close()


class Addr2line:
    """One process a module. Each answer begins with the address (-a); a
    question about address 0 shows where the answer before it ends."""

    def __init__(self, path):
        self.path = path
        self.processes = {}

    def ask(self, module, offset):
        if module not in self.processes:
            self.processes[module] = Process(
                [self.path, "-a", "-f", "-C", "-i", "-e", module])
        lines = self.processes[module].ask(f"{offset:#x}\n0\n",
                                           self._is_complete)[1:-3]
        return [(function, re.sub(r" \(discriminator.*", "", place))
                for function, place in zip(lines[::2], lines[1::2])]

    @staticmethod
    def _is_complete(lines):
        return len(lines) > 3 and re.fullmatch("0x0+", lines[-3]) is not None

    def close(self):
        for process in self.processes.values():
            process.close()


def find_tool():
    """(class, path), or None."""
    chosen = os.environ.get("REFSAN_SYMBOLIZER")
    names = [chosen] if chosen else [
        "llvm-symbolizer",
        *(f"llvm-symbolizer-{version}" for version in range(25, 12, -1)),
        "addr2line"]
    for name in names:
        path = shutil.which(name)
        if path:
            is_llvm = "llvm-symbolizer" in os.path.basename(path)
            return (Llvm if is_llvm else Addr2line), path
    return None


def split_place(place):
    """("file.c", 12) of "file.c:12"; (None, None) when it is not known."""
    file, _, line = place.rpartition(":")
    known = file and not file.startswith("??") and line.isdecimal()
    return (file, int(line)) if known and int(line) else (None, None)


class Symbolizer:
    """find() gives [(function, file, line)], innermost first; functions that
    were inlined come before the one they are in. Empty when nothing is known.
    `note` is called with a sentence when there is no tool, or none that can be
    started, and for each module that it does not answer for: that module is
    not asked about again, others are."""

    def __init__(self, note=lambda sentence: None):
        self.note = note
        self.tool = None
        self.is_useless = False
        self.has_answered = False
        self.failures = set()
        self.known = {}
        self.files = {}

    def find(self, module, offset, build_id=None):
        key = module, offset
        if key not in self.known:
            self.known[key] = (self._ask(module, offset)
                               if self._is_same_file(module, build_id) else [])
        return self.known[key]

    def _is_same_file(self, module, build_id):
        """Was the file built again since? Then its lines would be lies."""
        if module not in self.files:
            self.files[module] = (elf.build_id(module)
                                  if os.path.isfile(module) else None)
        found = self.files[module]
        return found is not None and (not build_id or found == build_id)

    def _ask(self, module, offset):
        if module in self.failures or not self._open():
            return []
        try:
            answer = trim(self.tool.ask(module, offset))
            self.has_answered = True
            return answer
        except OSError as error:
            self._give_up(f"{self._name()} cannot be started: "
                          f"{error.strerror}")
        except Silent:
            self.close()
            self._fail(module)
        return []

    def _fail(self, module):
        self.failures.add(module)
        if len(self.failures) == PATIENCE and not self.has_answered:
            self._give_up(f"{self._name()} does not answer")
        else:
            self.note(f"{self._name()} does not answer for "
                      f"{foreign.word(module)}: its frames have no file and "
                      "line")

    def _give_up(self, reason):
        self.close()
        self.is_useless = True
        self.note(f"{reason}: native frames have no file and line")

    @staticmethod
    def _name():
        found = find_tool()
        return os.path.basename(found[1]) if found else "the symbolizer"

    def _open(self):
        """True when there is a tool to ask."""
        if self.tool is None and not self.is_useless:
            found = find_tool()
            if not found:
                self._give_up("no llvm-symbolizer or addr2line on PATH")
                return False
            try:
                self.tool = found[0](found[1])
            except OSError as error:
                self._give_up(f"{self._name()} cannot be started: "
                              f"{error.strerror}")
        return self.tool is not None

    def close(self):
        if self.tool:
            self.tool.close()
            self.tool = None


def trim(answer):
    """Without the inline functions of Python's headers, unless that is
    all there is."""
    frames = [(None if function == "??" else function, *split_place(place))
              for function, place in answer]
    own = [frame for frame in frames
           if not (frame[1] and HEADERS.search(frame[1]))]
    return [frame for frame in own or frames[-1:] if any(frame)]
