# SPDX-License-Identifier: MIT
"""The channel: a file that watched processes append lines of JSON to
(runtime/report/channel.h), followed while they run.

It has no name: it is memory, or an unlinked file, and ends with whoever has it
open. Our lock on it tells writers that somebody reads. They write through an
open file of their own, because a lock belongs to one."""

import fcntl
import os

from . import handed_on

POLL_SECONDS = 0.03
RECORD = b'{"type":"'
FREE_BYTES = 16 << 20
KEEP_SIZE, PUNCH_HOLE = 1, 2  # of fallocate(2)


def open_twice():
    """(for reading, for appending); nothing that a full disk or another user
    can spoil, where there are such files."""
    try:
        fd = os.memfd_create("refsan", os.MFD_CLOEXEC)
        os.fchmod(fd, 0o600)
        writer = os.open(f"/proc/self/fd/{fd}", os.O_WRONLY | os.O_APPEND)
        return open(fd, "r+b"), writer
    except (AttributeError, OSError):
        import tempfile
        with tempfile.NamedTemporaryFile() as file:
            return (open(file.name, "r+b"),
                    os.open(file.name, os.O_WRONLY | os.O_APPEND))


def free(file, end):
    """Gives back the memory of what was read."""
    try:
        import ctypes
        ctypes.CDLL(None).fallocate(
            file.fileno(), KEEP_SIZE | PUNCH_HOLE, ctypes.c_int64(0),
            ctypes.c_int64(end))
    except (ImportError, OSError, AttributeError):
        pass


class Channel:
    """Calls `take` with each record, on one thread. What was written when
    close() is called has been taken when it returns. `failures` are sentences
    about records that could not be taken."""

    def __init__(self, take=None):
        """`take` may be set later, before start()."""
        self.take = take
        self.file, writer = open_twice()
        fcntl.flock(self.file, fcntl.LOCK_EX)
        self.writer = handed_on.move_up(writer)
        self.read = self.freed = 0
        self.failures = []
        self.rest = b""
        self.is_over = self.thread = None

    def environment(self):
        """What tells the runtime; it inherits `writer`."""
        return handed_on.environment("REFSAN_CHANNEL", self.writer,
                                     self.file.fileno())

    def start(self):
        """Reports come at the end when there can be no thread."""
        import threading
        self.is_over = threading.Event()
        thread = threading.Thread(target=self._follow, daemon=True,
                                  name="refsan-channel")
        try:
            thread.start()
            self.thread = thread
        except RuntimeError:
            pass

    def _follow(self):
        try:
            while not self.is_over.wait(POLL_SECONDS):
                self._read()
        except Exception as error:  # any: close() reads the rest
            self._fail(error)

    def _read(self):
        while chunk := self.file.read(1 << 20):
            *lines, self.rest = (self.rest + chunk).split(b"\n")
            for line in lines:
                self._take_line(line)
            self.read += len(chunk)
            if self.read - self.freed >= FREE_BYTES:
                free(self.file, self.read)
                self.freed = self.read

    def _take_line(self, line):
        """What becomes of one record is no reason not to hear the next."""
        try:
            record = self._parse(line)
            if record is not None:
                self.take(record)
        except Exception as error:  # any: it is said, and counts
            self._fail(error)

    def _parse(self, line):
        """A piece of a line, of a process that was killed, stands before a
        whole one."""
        import json
        try:
            return json.loads(line)
        except ValueError:
            self.failures.append("a line of the channel was damaged")
        try:
            return json.loads(line[max(line.rfind(RECORD), 0):])
        except ValueError:
            return None

    def _fail(self, error):
        self.failures.append("a record could not be taken: "
                             f"{type(error).__name__}: {error}")

    def close(self):
        """Processes that live on write to stderr from now on: whoever writes
        sees that the lock is gone, or is read here."""
        fcntl.flock(self.file, fcntl.LOCK_UN)
        if self.thread:
            self.is_over.set()
            self.thread.join()
        self._read()
        if self.rest:
            self._take_line(self.rest)
        self.file.close()
        os.close(self.writer)
