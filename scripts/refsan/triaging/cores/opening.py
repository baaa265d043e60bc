# SPDX-License-Identifier: MIT
"""A core file as bytes at offsets, whatever it is packed with. One that is
packed is unpacked into a file without a name; what is zero takes no room
there."""

import errno
import os
import shutil
import subprocess
import sys
import tempfile

from ...mistake import Mistake
from .. import packages
from ..sources import DAMAGE, ELF, ZSTD, Source

LZ4 = b"\x04\x22\x4d\x18"
PIECE = 1 << 20
PAGE, PAGES_MOST = 4096, 4096  # words are read by the page
STDIN = "-"


class CoreFile:
    """Reads never fail: what is not there is missing in the answer."""

    def __init__(self, file):
        self.file = file
        self.size = os.fstat(file.fileno()).st_size
        self.pages = {}

    def read(self, offset, count):
        inside = offset % PAGE
        if inside + count > PAGE or offset < 0:
            return self._read(offset, count)
        page = self.pages.get(offset - inside)
        if page is None:
            if len(self.pages) >= PAGES_MOST:
                self.pages.clear()
            page = self.pages[offset - inside] = self._read(offset - inside,
                                                            PAGE)
        return page[inside:inside + count]

    def _read(self, offset, count):
        parts = []
        while count > 0 and 0 <= offset < self.size:
            try:
                part = os.pread(self.file.fileno(), min(count, 1 << 24),
                                offset)
            except (OSError, OverflowError):
                break
            if not part:
                break
            parts.append(part)
            offset += len(part)
            count -= len(part)
        return b"".join(parts)

    def next_data(self, offset):
        """Where what is no hole goes on, from there; the size at the end."""
        if offset >= self.size:
            return self.size
        try:
            return os.lseek(self.file.fileno(), offset, os.SEEK_DATA)
        except OSError as error:
            return self.size if error.errno == errno.ENXIO else offset

    def close(self):
        self.file.close()


def open_core(path):
    """Mistake where there is none."""
    try:
        if path == STDIN:
            return CoreFile(unpack(sys.stdin.buffer, path))
        if not os.path.isfile(path):
            open(path, "rb").close()  # says why, if it can
            raise Mistake(f"{path} is no core file")
        file = open(path, "rb")
    except (OSError, ValueError) as error:
        raise cannot_read(path, error) from error
    head = file.read(8)
    file.seek(0)
    if head.startswith(ELF):
        return CoreFile(file)
    with file:
        unpacked = unpacker(file, head, path)
        if unpacked is None:
            raise Mistake(f"{path} is no core file")
        return CoreFile(unpack(unpacked, path))


def cannot_read(path, error):
    return Mistake(f"cannot read {path}: "
                   f"{getattr(error, 'strerror', None) or error}")


def unpacker(file, head, path):
    """What gives the bytes; None of what is not packed."""
    if head.startswith(LZ4):
        module = packages.find("lz4.frame")
        return module.open(file) if module else by_program("lz4", file, path)
    if head.startswith(ZSTD):
        try:
            return Source(path).unpacked(file)
        except Mistake:
            return by_program("zstd", file, path)
    opened = Source(path).unpacked(file)
    return None if opened is file else opened


class Program:
    """The output of one that unpacks its input."""

    def __init__(self, command, file):
        self.child = subprocess.Popen(
            command, stdin=file, stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL)
        self.read = self.child.stdout.read

    def close(self):
        self.child.stdout.close()
        self.child.wait()


def by_program(name, file, path):
    found = shutil.which(name)
    if found is None:
        raise Mistake(f"{path} is packed with {name}: install the program "
                      f"{name}")
    os.lseek(file.fileno(), 0, os.SEEK_SET)
    return Program([found, "-dc"], file)


def unpack(stream, path):
    """As far as it can be unpacked."""
    file = tempfile.TemporaryFile()
    at = 0
    try:
        while True:
            try:
                piece = stream.read(PIECE)
            except Exception as error:  # any: DAMAGE says which
                if not (type(error).__name__ in DAMAGE or isinstance(
                        error, (OSError, EOFError, ValueError,
                                RuntimeError))):
                    raise
                break
            if not piece:
                break
            if piece.count(0) != len(piece):
                file.seek(at)
                file.write(piece)
            at += len(piece)
        file.truncate(at)
        file.flush()
    except OSError as error:
        file.close()
        raise Mistake(f"cannot unpack {path}: {error.strerror}") from error
    finally:
        if stream is not sys.stdin.buffer:
            stream.close()
    return file
