# SPDX-License-Identifier: MIT
"""Frames as words, which of them a reader wants to see, and which one a bug is
called by: runtime/stack/symbolize.c and frame_filter.c, runtime/report/place.c
and fingerprint.c, so that a crash has the same fingerprint in its core."""

import collections
import os

from ... import foreign
from . import native_names
from .depots import is_python

Symbol = collections.namedtuple(
    "Symbol", "pc function file line module build_id offset is_python")
NOWHERE, REFSAN, C_LIBRARY, EXECUTABLE, ELSEWHERE = range(5)
C_LIBRARIES = "libc.so", "libtsan.so", "libclang_rt.tsan"
FNV_BASIS, FNV_PRIME, MASK = 0xcbf29ce484222325, 0x100000001b3, (1 << 64) - 1
# As much of a word as the runtime keeps of it, escaped (symbolize.h).
FUNCTION_BYTES, FILE_BYTES, MODULE_BYTES = 255, 511, 511
CALLERS = 4


def word(text, most):
    """A word of the program's, harmless."""
    escaped = foreign.word(text)
    return escaped.encode(errors="replace")[:most].decode(errors="ignore")


class Places:
    def __init__(self, modules, stacks, interpreter, anchor):
        self.modules, self.stacks = modules, stacks
        self.interpreter = interpreter
        self.refsan = modules.find(anchor)
        self.program = modules.program()
        self.known = {}

    # ---- one frame

    def symbol(self, frame):
        if frame not in self.known:
            self.known[frame] = (self._python(frame) if is_python(frame)
                                 else self._native(frame))
        return self.known[frame]

    @staticmethod
    def _python(frame):
        return Symbol(0, word(frame.function, FUNCTION_BYTES),
                      word(frame.file, FILE_BYTES), frame.line, "", "", 0,
                      True)

    def _native(self, frame):
        pc = self.stacks.pc(frame)
        call = pc - 1 & MASK
        module = self.modules.with_code(call)
        function, file, line = "", "", 0
        if module:
            function = self.modules.function(module, call)
        if self.stacks.is_site(frame):
            site = self.stacks.find_site(frame)
            if site:
                function = site.function or function
                file, line = site.file, site.line
        return Symbol(pc, word(function, FUNCTION_BYTES),
                      word(file, FILE_BYTES), line,
                      word(module.path, MODULE_BYTES) if module else "",
                      module.build_id if module else "",
                      call - module.base if module else call, False)

    def is_host(self, frame):
        return not is_python(frame) and self.interpreter.has_code(
            self.stacks.pc(frame) - 1)

    # ---- which are shown

    def _place(self, frame):
        module = self.modules.with_code(self.stacks.pc(frame) - 1)
        if module is None:
            return NOWHERE
        if module is self.refsan:
            return REFSAN
        if os.path.basename(module.path).startswith(C_LIBRARIES):
            return C_LIBRARY
        return EXECUTABLE if module is self.program else ELSEWHERE

    def _is_starter(self, frames, at, native):
        place = self._place(frames[at])
        if place == EXECUTABLE:
            return native < len(frames) or (
                at > 0 and self._place(frames[at - 1]) == C_LIBRARY)
        return place != ELSEWHERE

    def visible(self, frames):
        native = next((at for at, frame in enumerate(frames)
                       if is_python(frame)), len(frames))
        outer = native
        while outer > 0 and (self.is_host(frames[outer - 1])
                             or self._is_starter(frames, outer - 1, native)):
            outer -= 1
        shown = []
        for at, frame in enumerate(frames):
            if outer <= at < native:
                continue
            is_entry = at + 1 < outer and not self.is_host(frames[at + 1])
            if at >= native or not self.is_host(frame) or is_entry:
                shown.append(frame)
        return shown or list(frames[:1])

    def site(self, frames):
        """The frame that an operation of the past is said by, or None."""
        shown = self.visible(frames)
        return next((frame for frame in shown if not self.is_host(frame)),
                    shown[0] if shown else None)

    # ---- what a bug is called by

    def place(self, frames):
        """A symbol, or None."""
        shown = self.visible(frames)
        if not shown:
            return None
        chosen = self._choose(shown)
        if chosen is None:
            chosen = next((frame for frame in shown
                           if not self.is_host(frame)), shown[0])
        symbol = self.symbol(chosen)
        if not symbol.is_python and native_names.is_common(symbol.function):
            symbol = symbol._replace(function="")
        return symbol

    def _choose(self, frames):
        own = None
        for frame in frames:
            if is_python(frame):
                return own if own is not None else frame
            if self.is_host(frame):
                continue
            symbol = self.symbol(frame)
            if file_of(symbol).startswith("libc.so"):
                continue
            if not native_names.is_helper(symbol.function):
                return frame
            if not native_names.is_common(symbol.function):
                own = frame
        return own

    def fingerprint(self, kind, frames):
        """Of a crash, which neither takes nor releases."""
        value = add_string(add_string(FNV_BASIS, kind), "")
        place = self.place(frames)
        if place is None:
            return f"{add_string(value, ''):016x}"
        value = add_string(value, file_of(place))
        if not place.function:
            value = add_number(value, place.offset)
        elif place.is_python:
            value = add_string(value, place.function)
        else:
            value = add_string(value, native_names.plain(place.function))
        return f"{value:016x}"

    def suppression(self, kind, frames, type_name):
        place = self.place(frames)
        if place and place.function:
            return f"{kind}:" + (f"py:{place.function}" if place.is_python
                                 else native_names.plain(place.function))
        if place and place.module:
            return f"{kind}:lib:{file_of(place)}"
        return f"{kind}:" + (f"type:{type_name}" if type_name else "*")


def file_of(symbol):
    path = symbol.file if symbol.is_python else symbol.module
    return path.rpartition("/")[2]


def add_string(value, text):
    for byte in text.encode(errors="surrogateescape") + b"\0":
        value = (value ^ byte) * FNV_PRIME & MASK
    return value


def add_number(value, number):
    for byte in (number & MASK).to_bytes(8, "little"):
        value = (value ^ byte) * FNV_PRIME & MASK
    return value
