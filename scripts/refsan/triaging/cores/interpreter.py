# SPDX-License-Identifier: MIT
"""The interpreter: which one it is, and its objects and types, by the offsets
that the runtime had found. runtime/host/."""

import collections

from . import headers
from .elf_core import Absent

TYPE_BYTES = 64
HALF = 0xffffffff


class Interpreter:
    def __init__(self, note):
        self.note, self.core = note, note.core
        self.host = note.variable("host").address
        self.layout = note.variable("layout").address
        self.at = collections.defaultdict(int, {
            name.partition(".")[2]: self._layout(name)
            for name in note.members if name.startswith("rs_host_layout.")})
        self.kind = self.said("kind")
        self.is_free_threaded = bool(self.said("is_free_threaded"))
        self.header_kind = {
            note.number("RS_LAYOUT_WIDE"): headers.WIDE,
            note.number("RS_LAYOUT_SPLIT"): headers.SPLIT,
            note.number("RS_LAYOUT_FREE_THREADED"): headers.FREE_THREADED,
        }.get(self.said("layout"))
        self.is_embedded = self.kind == note.number("RS_HOST_EMBEDDED")
        self.is_python = self.kind == note.number("RS_HOST_CPYTHON")
        self.text = self.said("text_low"), self.said("text_high")

    @property
    def has_list(self):
        """Of thread states, by the kernel's numbers of threads."""
        return bool(self.at["thread_native"])

    def _layout(self, name):
        try:
            return self.note.member(self.layout, name)
        except Absent:
            return 0

    def said(self, name):
        """A member of struct rs_host."""
        try:
            return self.note.member(self.host, f"rs_host.{name}")
        except Absent:
            return 0

    def has_code(self, pc):
        low, high = self.text
        return low <= pc < high

    def version(self):
        """As rs_names_version() says it."""
        number = self.said("version")
        level = {10: "a", 11: "b", 12: "rc", 13: "rc", 14: "rc"}.get(
            number >> 4 & 15)
        return (f"{number >> 24}.{number >> 16 & 255}.{number >> 8 & 255}"
                + (f"{level}{number & 15}" if level else ""))

    def name(self):
        """As rs_names_host() says it."""
        if self.is_embedded:
            return "embedded runtime"
        if not self.is_python:
            return None
        return (f"CPython {self.version()}, "
                + ("free-threaded" if self.is_free_threaded else "default")
                + (", debug" if self.said("is_debug") else "")
                + (", TSan" if self.said("is_tsan") else "")
                + (", ASan" if self.said("is_asan") else "")
                + (", shared libpython" if self.said("is_shared")
                   else ", static"))

    # ---- objects

    def header(self, address):
        """None where it cannot be read, or there is no interpreter."""
        try:
            return headers.decode(
                self.header_kind, self.core.read(address, headers.BYTES),
                self.note.number("RS_DEFERRED_BIAS"))
        except Absent:
            return None

    def is_link(self, header, address):
        """What allocators leave where a default build has its count:
        runtime/refcount/freed.h."""
        if header.kind == headers.FREE_THREADED:
            return False
        word = header.shared if header.kind == headers.WIDE else header.local
        shown = word ^ address >> headers.LINK_SHIFT
        hidden = shown if address <= HALF and shown % 16 == 0 else 0
        return (shown == 0 or word != 0 and self.core.has(word % (1 << 64))
                or hidden != 0 and self.core.has(hidden % (1 << 64)))

    def word(self, address, offset):
        """Of a structure; Absent where no offset is known."""
        if not offset or address % 8:
            raise Absent
        return self.core.word(address + offset)

    def is_type(self, address):
        """What is called a type must have a type that has a type itself."""
        try:
            offset = self.at["object_type"]
            return self.word(self.word(address, offset), offset) != 0
        except Absent:
            return False

    def type_name(self, header):
        if header is None or not self.is_type(header.type):
            return ""
        try:
            where = self.word(header.type, self.at["type_name"])
        except Absent:
            return ""
        return self.core.string(where, TYPE_BYTES - 1).decode(
            errors="surrogateescape")

    def has_flag(self, address, name):
        """Has the object's type it?"""
        kind = self.word(address, self.at["object_type"])
        return bool(self.word(kind, self.at["type_flags"])
                    & self.note.number(name))

    def interpreter_id(self, state):
        """Of the interpreter that a thread is attached to, or None."""
        if not state:
            return None
        if not self.at["thread_interpreter"]:
            return 0
        try:
            interpreter = self.word(state, self.at["thread_interpreter"])
            return self.word(interpreter, self.at["interpreter_id"])
        except Absent:
            return None
