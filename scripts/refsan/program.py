# SPDX-License-Identifier: MIT
"""What a Python program can ask of the refsan that it runs under: `import
refsan`. All of it may be called where there is none.

  is_active()       is the runtime in this process?
  findings()        those that this process and its children have reported
  allow(*kinds)     a context in which findings of these kinds are no findings
"""

import contextlib
import json
import os

CHANNEL = "REFSAN_CHANNEL"  # runtime/report/channel.h
_allowed = []  # a set of kinds for each context that is open


def _table():
    """The runtime's (include/refsan/abi.h), or None."""
    try:
        import ctypes
    except ImportError:  # a Python without it
        return None

    class Table(ctypes.Structure):
        _fields_ = [("size", ctypes.c_size_t),
                    *((name, ctypes.c_void_p)
                      for name in ("incref", "decref", "announce")),
                    ("allow", ctypes.CFUNCTYPE(ctypes.c_int,
                                               ctypes.c_char_p))]
    try:
        return Table.in_dll(ctypes.CDLL(None), "refsan_abi_1")
    except ValueError:
        return None


def is_active():
    """Also in a process that `refsan run` does not listen to."""
    return _table() is not None


class Findings:
    """Those that come after this was made, as `refsan run` is told them: as
    docs/json.md says, without files and lines of native code."""

    def __init__(self, from_start=False):
        self.offset = 0
        try:
            self.fd = os.open(os.environ[CHANNEL], os.O_RDONLY | os.O_CLOEXEC)
        except (KeyError, OSError):
            self.fd = None
            return
        if not from_start:
            self.offset = os.fstat(self.fd).st_size

    def new(self):
        """(finding, the runtime's own text) of each that came since the last
        call. Other processes report, too: each finding has its pid."""
        if self.fd is None:
            return []
        size = os.fstat(self.fd).st_size
        data = b""
        while self.offset + len(data) < size:
            part = os.pread(self.fd, size - self.offset - len(data),
                            self.offset + len(data))
            if not part:
                break
            data += part
        end = data.rfind(b"\n") + 1
        self.offset += end
        return list(filter(None, map(_report, data[:end].splitlines())))


def _report(line):
    """None of what is no report, or was read and given back long ago."""
    if not line.startswith(b'{"type":"report"'):
        return None
    try:
        record = json.loads(line)
        return record["finding"], record["text"]
    except (ValueError, KeyError):
        return None


def findings():
    """As dictionaries (docs/json.md). None where nobody could tell: without
    `refsan run`."""
    since = Findings(from_start=True)
    if since.fd is None:
        return None
    try:
        return [finding for finding, _ in since.new()]
    finally:
        os.close(since.fd)


def tell(**record):
    """A record for `refsan run`; False without one."""
    try:
        fd = os.open(os.environ[CHANNEL],
                     os.O_WRONLY | os.O_APPEND | os.O_CLOEXEC)
    except (KeyError, OSError):
        return False
    try:
        line = json.dumps({"pid": os.getpid(), **record}) + "\n"
        os.write(fd, line.encode())
        return True
    finally:
        os.close(fd)


def _set_allowed():
    table = _table()
    if table is None:
        return
    kinds = ",".join(sorted(set().union(*_allowed)))
    if table.allow(kinds.encode()) != 0:
        raise ValueError(f"refsan: no such kind in {kinds}; see `refsan "
                         "explain`")


@contextlib.contextmanager
def allow(*kinds):
    """While it lasts, findings of these kinds, by whatever thread, are counted
    as suppressed; "*" is all kinds. ValueError for what is no kind, where
    refsan is active."""
    _allowed.append(set(kinds))
    try:
        _set_allowed()
        yield
    finally:
        _allowed.pop()
        _set_allowed()
