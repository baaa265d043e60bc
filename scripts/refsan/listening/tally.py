# SPDX-License-Identifier: MIT
"""The tally: a page of memory that all watched processes share and count in
(runtime/report/tally.h). It tells what the channel could not carry. Nobody can
make it shorter, which would be a fault in who has it mapped."""

import fcntl
import os

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
    """Nothing is imported for it before the program has started."""

    def __init__(self):
        self.fd = open_sealed(os.sysconf("SC_PAGE_SIZE"))

    def environment(self):
        """What tells the runtime; it inherits the descriptor."""
        if self.fd is None:
            return {}
        return handed_on.environment("REFSAN_TALLY", self.fd, self.fd)

    def read(self):
        """errors, reports, processes: so far, of all processes."""
        import struct
        import types

        from .. import tables
        words = struct.Struct(f"={len(tables.tally())}Q")
        page = (os.pread(self.fd, words.size, 0) if self.fd is not None
                else bytes(words.size))
        return types.SimpleNamespace(
            **dict(zip(tables.tally(), words.unpack(page))))
