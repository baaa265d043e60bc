# SPDX-License-Identifier: MIT
"""The lines of a file, whatever it is packed with and however it ends."""

import contextlib
import importlib
import io
import sys

from ..mistake import Mistake

LONGEST = 16 << 20  # of a line; the rest of one is damage
PACKED = {b"\x1f\x8b": "gzip", b"BZh": "bz2", b"\xfd7zXZ": "lzma"}
ELF = b"\x7fELF"
ZSTD = b"\x28\xb5\x2f\xfd"
# What is raised where the packed data is damaged; zlib, lzma, zstd each have
# their own.
DAMAGE = {"error", "LZMAError", "ZstdError"}
STDIN = "-"


class Source:
    """One file, and what became of it. `problems`: sentence -> how often."""

    def __init__(self, name):
        self.name = "(stdin)" if name == STDIN else name
        self.path = name
        self.lines = self.reports = self.bytes = 0
        self.formats = {}
        self.problems = {}

    def complain(self, sentence, times=1):
        self.problems[sentence] = self.problems.get(sentence, 0) + times

    def count(self, name, times=1):
        self.formats[name] = self.formats.get(name, 0) + times
        self.reports += times

    def open(self, closing):
        """A binary file that `closing` closes. Mistake where there is
        none."""
        try:
            file = (sys.stdin.buffer if self.path == STDIN
                    else open(self.path, "rb", buffering=1 << 18))
        except (OSError, ValueError) as error:
            raise Mistake(f"cannot read {self.path}: "
                          f"{getattr(error, 'strerror', error)}") from error
        if self.path != STDIN:
            closing.enter_context(file)
        return self.unpacked(file)

    def unpacked(self, file):
        """The file itself where it is not packed."""
        try:
            head = file.peek(8)
        except OSError as error:
            raise Mistake(f"cannot read {self.path}: "
                          f"{error.strerror}") from error
        if head.startswith(ELF):
            self.complain("not read: it is a core file or a program; refsan "
                          "triage core CORE reads cores")
            return io.BytesIO()
        if head.startswith(ZSTD):
            return self._zstd(file)
        for magic, module in PACKED.items():
            if head.startswith(magic):
                try:
                    return importlib.import_module(module).open(file)
                except ImportError as error:
                    raise Mistake(f"cannot read {self.path}: this Python "
                                  f"has no {module}") from error
        return file

    def _zstd(self, file):
        from . import packages
        with contextlib.suppress(ImportError):
            from compression import zstd  # Python 3.14
            return zstd.ZstdFile(file)
        module = packages.find("zstandard")
        if module is None:
            raise Mistake(f"{self.path} is packed with zstd: "
                          + packages.advice("zstandard"))
        return io.BufferedReader(module.ZstdDecompressor().stream_reader(
            file, read_across_frames=True))

    def blocks(self):
        """Lists of lines without their ends; what cannot be unpacked ends
        the file."""
        with contextlib.ExitStack() as closing:
            yield from self._blocks(self.open(closing))

    def _blocks(self, file):
        rest = b""
        try:
            while True:
                chunk = file.read(1 << 20)
                if not chunk:
                    break
                self.bytes += len(chunk)
                lines = (rest + chunk).split(b"\n")
                rest = lines.pop()
                if len(rest) > LONGEST:
                    self.complain("line longer than 16 MiB, cut")
                    lines.append(rest[:LONGEST])
                    rest = b""
                self.lines += len(lines)
                yield lines
        except (OSError, EOFError, ValueError, RuntimeError) as error:
            self.complain(f"ended early: {error}")
        except Exception as error:  # any: DAMAGE says which
            if type(error).__name__ not in DAMAGE:
                raise
            self.complain(f"ended early: {error}")
        if rest:
            self.lines += 1
            yield [rest]
