# SPDX-License-Identifier: MIT
"""What makes a mistake with a freed list crash in every run.

Default builds keep freed lists in a chain: the first word of each, which was
its reference count, leads to the next. To count such a list moves that pointer
by one, unless its lower half is a negative number, as that of an immortal
object is: that depends on where the kernel put the memory."""

import mmap

NORESERVE = 0x4000
LISTS = 50  # fewer than the chain takes


def settle():
    """Frees lists of which each is at an address with a positive lower half.
    What it returns keeps others away from there."""
    holes, kept = [], []
    while not kept or id(kept[-1]) >> 31 & 1:
        holes.append(mmap.mmap(
            -1, 1 << 31, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS
            | NORESERVE, prot=0))
        kept += [[] for _ in range(50000)]
    del kept[-LISTS:]
    return holes, kept


def reuse():
    """Takes the lists out of the chain."""
    return [[] for _ in range(10 * LISTS)]
