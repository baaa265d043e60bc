# SPDX-License-Identifier: MIT
"""Files that watched processes inherit (runtime/report/inherited.h)."""

import fcntl
import os
import resource

ROOM_ABOVE = 32  # for those of runs within runs


def move_up(fd):
    """Out of the way of the numbers that programs use, but where a descriptor
    costs no memory."""
    limit = min(resource.getrlimit(resource.RLIMIT_NOFILE)[0], 1024)
    try:
        high = fcntl.fcntl(fd, fcntl.F_DUPFD, max(limit - ROOM_ABOVE, 3))
    except OSError:
        high = fcntl.fcntl(fd, fcntl.F_DUPFD, 3)
    os.close(fd)
    return high


def environment(name, inherited, kept):
    """What tells the runtime of the file: by the descriptor that it inherits,
    and by a path to the one that we keep."""
    status = os.fstat(inherited)
    return {name: f"/proc/{os.getpid()}/fd/{kept}", f"{name}_FILE":
            f"{inherited}:{status.st_dev}:{status.st_ino}"}
