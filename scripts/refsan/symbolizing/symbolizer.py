# SPDX-License-Identifier: MIT
"""Module and offset -> functions, files and lines, by llvm-symbolizer or
addr2line, whichever is here. One process each, asked as long as it answers."""

import os
import re
import select
import shutil
import subprocess
import time

from . import elf

SECONDS = 5
PATIENCE = 3  # answers that may be late before the tool is given up
# Inline functions of Python's headers (Py_DECREF) are not the user's code.
HEADERS = re.compile(r"/include/python3\.\d+t?d?/|/Include/(?:cpython/|"
                     r"internal/)?[\w.]+$")


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
            self.child.stdin.write(question.encode(errors="surrogateescape"))
            self.child.stdin.flush()
        except OSError as error:
            raise Silent from error
        lines = []
        while not is_complete(lines):
            lines.append(self._read_line(deadline))
        return lines

    def _read_line(self, deadline):
        while b"\n" not in self.buffer:
            wait = max(0, deadline - time.monotonic())
            answers = self.child.stdout.fileno()
            ready = select.select([answers], [], [], wait)[0]
            chunk = os.read(answers, 65536) if ready else b""
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

    def ask(self, module, offset):
        question = f'CODE "{module}" {offset:#x}\n'
        lines = self.process.ask(question,
                                 lambda lines: lines and not lines[-1])[:-1]
        return [(function, re.sub(r":\d+$", "", place))
                for function, place in zip(lines[::2], lines[1::2])]

    def close(self):
        self.process.close()


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
    `note` is called once, with a sentence, when there is no tool."""

    def __init__(self, note=lambda sentence: None):
        self.note = note
        self.tool = None
        self.has_looked = False
        self.failures = 0
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
        try:
            tool = self._open()
            return trim(tool.ask(module, offset)) if tool else []
        except Silent:
            self.failures += 1
            self.close()
            if self.failures == PATIENCE:
                self.note("the symbolizer does not answer: no more lines")
            return []

    def _open(self):
        if self.tool is None and self.failures < PATIENCE:
            found = find_tool()
            if found:
                self.tool = found[0](found[1])
            elif not self.has_looked:
                self.note("no llvm-symbolizer or addr2line on PATH: native "
                          "frames have no file and line")
            self.has_looked = True
        return self.tool

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
