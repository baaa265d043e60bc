# SPDX-License-Identifier: MIT
"""The header of a Python object, decoded: runtime/refcount/header.h."""

import dataclasses

HALF = 0xffffffff
IMMORTAL_FLOOR, LOCAL_IMMORTAL = 0x80000000, HALF
GC_DEFERRED = 64
LINK_SHIFT = 12
SHARED_STATES = ("", "weakref", "queued", "merged")
FREE_THREADED, SPLIT, WIDE = "free-threaded", "split", "wide"
BYTES = 32


@dataclasses.dataclass
class Header:
    kind: str
    local: int = 0
    flags: int = 0
    overflow: int = 0
    owner: int = 0
    shared: int = 0  # of free-threaded builds the whole word
    type: int = 0
    is_deferred: bool = False
    bias: int = 0

    @property
    def count(self):
        if self.kind == FREE_THREADED:
            return self.local + self.shared_count
        return self.local if self.kind == SPLIT else self.shared

    @property
    def shared_count(self):
        return (self.shared >> 2) - (self.bias if self.is_deferred else 0)

    @property
    def is_immortal(self):
        if self.kind == FREE_THREADED:
            return self.local == LOCAL_IMMORTAL
        if self.kind == SPLIT:
            return self.local >= IMMORTAL_FLOOR
        return bool(self.shared & IMMORTAL_FLOOR)

    @property
    def is_at_zero(self):
        if self.kind == FREE_THREADED:
            return self.local == 0 and self.shared >> 2 == 0
        if self.kind == SPLIT:
            return (self.local, self.overflow) == (0, 0) and self.flags < 16
        return self.shared == 0

    @property
    def looks_alive(self):
        if self.kind == FREE_THREADED:
            return self.local != 0 or self.shared >> 2 != 0
        if self.kind == SPLIT:
            return self.local != 0 and not self.overflow and self.flags < 16
        return 0 < self.shared <= HALF


def decode(kind, raw, bias):
    """None of a kind that is not known."""
    def part(at, size, is_signed=False):
        return int.from_bytes(raw[at:at + size], "little", signed=is_signed)

    if kind == FREE_THREADED:
        local = part(12, 4)
        return Header(kind, local=local, flags=part(8, 2), owner=part(0, 8),
                      shared=part(16, 8, True), type=part(24, 8),
                      is_deferred=bool(part(11, 1) & GC_DEFERRED)
                      and local != LOCAL_IMMORTAL, bias=bias)
    if kind == SPLIT:
        return Header(kind, local=part(0, 4), overflow=part(4, 2),
                      flags=part(6, 2), type=part(8, 8))
    if kind == WIDE:
        return Header(kind, shared=part(0, 8, True), type=part(8, 8))
    return None
