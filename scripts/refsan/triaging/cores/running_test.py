# SPDX-License-Identifier: MIT
"""Which test ran: runtime/report/running_test.c."""

from .depots import is_python
from .elf_core import Absent
from .places import word

ENTRIES_MOST = 8192
NAME_BYTES, WORKER_BYTES = 511, 31
ENTRY_MOST = 4096


def environment(memory, names):
    """name -> value, "" of what is not there."""
    found = dict.fromkeys(names, "")
    core = memory.core
    entries = memory.note.value("environ")
    for at in range(ENTRIES_MOST if entries else 0):
        try:
            entry = core.word(entries + 8 * at)
        except Absent:
            break
        if not entry:
            break
        name, _, value = core.string(entry, ENTRY_MOST).decode(
            errors="surrogateescape").partition("=")
        if name in found and not found[name]:
            found[name] = value
    return found


def find(memory, frames):
    """The members of a finding that say it."""
    said = environment(memory, ("PYTEST_CURRENT_TEST", "REFSAN_TEST",
                                "PYTEST_XDIST_WORKER"))
    test = (said["PYTEST_CURRENT_TEST"].removesuffix(" (call)")
            or said["REFSAN_TEST"])
    is_other = bool(test) and memory.crashed.tid != memory.core.pid
    name = word(test, NAME_BYTES) if test else in_stack(memory, frames)
    return {"test": name or None,
            **({"test_in_other_thread": True} if is_other else {}),
            "worker": word(said["PYTEST_XDIST_WORKER"],
                           WORKER_BYTES) or None}


def in_stack(memory, frames):
    """What unittest called, or the outermost function named test."""
    chosen = inner = None
    for frame in filter(is_python, frames):
        symbol = memory.places.symbol(frame)
        if symbol.file.endswith("/unittest/case.py"):
            chosen = inner
            break
        if symbol.function.rpartition(".")[2].startswith("test"):
            chosen = symbol
        inner = symbol
    return chosen and f"{chosen.file}::{chosen.function}"[:NAME_BYTES]
