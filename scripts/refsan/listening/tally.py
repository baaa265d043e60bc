# SPDX-License-Identifier: MIT
"""The tally: a page of memory that all watched processes share and count in
(runtime/report/tally.h). It tells what the channel could not carry. Nobody can
make it shorter, which would be a fault in who has it mapped."""

import fcntl
import mmap
import os
import struct
import types

from .. import tables
from . import handed_on

SEALS = "F_SEAL_SHRINK", "F_SEAL_GROW", "F_SEAL_SEAL"


def open_sealed(size):
    """None where there is no such memory."""
    try:
        fd = os.memfd_create("refsan-tally",
                             os.MFD_CLOEXEC | os.MFD_ALLOW_SEALING)
        os.fchmod(fd, 0o600)
        os.write(fd, bytes(size))  # there is memory behind each byte
        fcntl.fcntl(fd, fcntl.F_ADD_SEALS,
                    sum(getattr(fcntl, name) for name in SEALS))
        return handed_on.move_up(fd)
    except (AttributeError, OSError):
        return None


class Tally:
    def __init__(self):
        self.words = struct.Struct(f"={len(tables.tally())}Q")
        self.fd = open_sealed(mmap.PAGESIZE)

    def environment(self):
        """What tells the runtime; it inherits the descriptor."""
        if self.fd is None:
            return {}
        return handed_on.environment("REFSAN_TALLY", self.fd, self.fd)

    def read(self):
        """errors, reports, processes: so far, of all processes."""
        page = (os.pread(self.fd, self.words.size, 0) if self.fd is not None
                else bytes(self.words.size))
        return types.SimpleNamespace(
            **dict(zip(tables.tally(), self.words.unpack(page))))
