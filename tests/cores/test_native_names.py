# SPDX-License-Identifier: MIT
"""Names of native functions are read in cores as the runtime reads them: both
are asked about the same names, those of the unit test, of C++'s library, and
changed ones."""

import ctypes
import os
import pathlib
import random
import re
import subprocess
import sys
import tempfile
import unittest

from making import ROOT

from refsan.inspecting.elf_file import Damaged, ElfFile
from refsan.triaging.cores import native_names

SOURCES = "report/native_name.c", "base/text.c", "base/check.c"
CHANGED = 20000
LETTERS = "_ZNKSTILE0123456789CDaxyz.:~"
PLAIN_BYTES = 256


def build(folder):
    path = folder / "names.so"
    subprocess.run(
        [os.environ.get("CC", "cc"), "-shared", "-fPIC", "-std=gnu11", "-O1",
         "-D_GNU_SOURCE", f"-I{ROOT / 'runtime'}", f"-I{ROOT / 'include'}",
         "-Wl,-z,lazy", "-o", str(path),
         *(str(ROOT / "runtime" / name) for name in SOURCES)], check=True)
    return ctypes.CDLL(str(path), mode=os.RTLD_LAZY)


def of_cpp():
    """Functions of C++'s library, where it is."""
    path = subprocess.run(
        [os.environ.get("CC", "cc"), "-print-file-name=libstdc++.so.6"],
        capture_output=True, text=True, check=True).stdout.strip()
    try:
        return ElfFile(path).exported
    except Damaged:
        return set()


def changed(names, chance):
    for _ in range(CHANGED):
        name = list(chance.choice(names))
        for _ in range(chance.randrange(1, 4)):
            at = chance.randrange(len(name) + 1)
            name[at:at + chance.randrange(3)] = chance.choice(LETTERS)
        yield "".join(name)


class TestNames(unittest.TestCase):
    def test_as_the_runtime_reads_them(self):
        with tempfile.TemporaryDirectory() as folder:
            library = build(pathlib.Path(folder))
        said = {}
        for question in "is_helper", "is_common":
            said[question] = getattr(library, f"rs_native_name_{question}")
            said[question].restype = ctypes.c_bool
        library.rs_native_name_plain.restype = ctypes.c_char_p
        unit = (ROOT / "tests/unit/native_name_test.c").read_text()
        names = sorted({*re.findall(r'"([^"\n]*)"', unit), *of_cpp()})
        self.assertGreater(len(names), 50)
        buffer = ctypes.create_string_buffer(PLAIN_BYTES)
        for name in [*names, *changed(names, random.Random(1))]:
            raw = name.encode()
            for question, ask in said.items():
                self.assertEqual(getattr(native_names, question)(name),
                                 ask(raw), (question, name))
            self.assertEqual(
                native_names.plain(name),
                library.rs_native_name_plain(raw, buffer,
                                             PLAIN_BYTES).decode(), name)


if __name__ == "__main__":
    sys.exit(unittest.main())
