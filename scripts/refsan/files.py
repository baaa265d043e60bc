# SPDX-License-Identifier: MIT
"""Files that the command appends to, with the runtime's care
(runtime/os/sys_file.h)."""

import errno
import os
import select
import stat

SECONDS = 1  # a FIFO's reader may take
OWN = "/dev/fd/", "/dev/stdout", "/dev/stderr"  # links of the kernel's
REASONS = {errno.ELOOP: "it is a symbolic link, and refsan follows none",
           errno.ENXIO: "it is a FIFO without a reader"}


def reason(error):
    return REASONS.get(error.errno, error.strerror)


def _open(path):
    follow = 0 if path.startswith(OWN) else os.O_NOFOLLOW
    return os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC
                   | os.O_NONBLOCK | os.O_NOCTTY | follow, 0o666)


def _write(fd, rest):
    """Returns what was not written, and why."""
    try:
        while rest:
            try:
                rest = rest[os.write(fd, rest):]
            except BlockingIOError:
                if not select.select([], [fd], [], SECONDS)[1]:
                    raise
    except OSError as error:
        return rest, error
    return rest, None


def _take_back(fd, count):
    """Cuts the piece of a line that found no room, if it is still the last
    in the file."""
    end = os.lseek(fd, 0, os.SEEK_CUR)
    status = os.fstat(fd)
    if stat.S_ISREG(status.st_mode) and status.st_size == end:
        os.ftruncate(fd, end - count)


def print_all(file, text):
    """To a stream that may be closed, full, or without a reader: then nothing
    can be said, and the exit status still tells."""
    try:
        file.flush()
        _write(file.fileno(), text.encode(errors="backslashreplace"))
    except (OSError, ValueError, AttributeError):
        pass


def append(path, text):
    """All of the text, or an OSError and none of it."""
    everything = text.encode(errors="backslashreplace")
    try:
        fd = _open(path)
    except ValueError as error:  # a zero, or half a surrogate pair
        raise OSError(errno.EINVAL, os.strerror(errno.EINVAL)) from error
    try:
        rest, error = _write(fd, everything)
        if error:
            if len(rest) < len(everything):
                _take_back(fd, len(everything) - len(rest))
            raise error
    finally:
        os.close(fd)
