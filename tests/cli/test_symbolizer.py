# SPDX-License-Identifier: MIT
"""The tools that know lines: both are asked, one does not answer, one is asked
about a file that was built again."""

import os
import shutil
import subprocess
import unittest
from unittest import mock

from support import RefsanTest, compile_library

from refsan.symbolizing import elf, symbolizer

SOURCE = """\
int g(int);
static inline __attribute__((always_inline)) int helper(int x)
{
    return g(x) + 1;
}
int f(int x)
{
    return helper(x) + 2;
}
"""


class Tools(RefsanTest):
    def setUp(self):
        super().setUp()
        self.module = self.folder / "a module.so"
        compile_library(SOURCE, self.module, "-O1", "-fno-plt")
        self.offset = self.call_in_f()

    def call_in_f(self):
        """The offset of the call to g(), which is in helper() in f()."""
        code = subprocess.run(["objdump", "-d", self.module], text=True,
                              capture_output=True, check=True).stdout
        body = code.partition("<f>:")[2].partition("\n\n")[0]
        line = next(line for line in body.splitlines() if "call" in line)
        return int(line.split(":")[0], 16)

    def check(self, tool):
        if not shutil.which(tool):
            self.skipTest(f"no {tool} here")
        with mock.patch.dict(os.environ, REFSAN_SYMBOLIZER=tool):
            lines = symbolizer.Symbolizer(self.fail)
            self.addCleanup(lines.close)
            for _ in range(2):  # the second answer is remembered
                found = lines.find(str(self.module), self.offset)
                self.assertEqual([(name, line) for name, _, line in found],
                                 [("helper", 4), ("f", 8)])
            self.assertEqual(lines.find(str(self.module), 0x7fffff), [])
            self.assertEqual(
                [name for name, *_ in
                 lines.find(str(self.module), self.offset + 1)],
                ["helper", "f"])
            return lines

    def test_llvm_symbolizer(self):
        self.check("llvm-symbolizer")

    def test_addr2line(self):
        self.check("addr2line")

    def test_another_build_of_the_module_is_not_asked(self):
        lines = symbolizer.Symbolizer(self.fail)
        self.addCleanup(lines.close)
        self.assertEqual(
            lines.find(str(self.module), self.offset, "00ff"), [])
        good = elf.build_id(self.module)
        self.assertRegex(good, "^[0-9a-f]{40}$")
        self.assertTrue(lines.find(str(self.module), self.offset + 1, good))

    def test_a_tool_that_is_silent_is_given_up(self):
        silent = self.folder / "llvm-symbolizer"
        silent.write_text("#!/bin/sh\nexec cat >/dev/null\n")
        silent.chmod(0o755)
        notes = []
        with (mock.patch.dict(os.environ, REFSAN_SYMBOLIZER=str(silent)),
              mock.patch.object(symbolizer, "SECONDS", 0.05)):
            lines = symbolizer.Symbolizer(notes.append)
            for offset in range(6):
                self.assertEqual(lines.find(str(self.module), offset), [])
            self.assertEqual(notes, [
                "llvm-symbolizer does not answer for "
                f"{self.module}: its frames have no file and line"])
            for number in range(5):  # others are asked about, and it ends
                other = self.folder / f"other-{number}.so"
                other.write_bytes(self.module.read_bytes())
                self.assertEqual(lines.find(str(other), 0), [])
        self.assertEqual(len(notes), symbolizer.PATIENCE)
        self.assertEqual(notes[-1], "llvm-symbolizer does not answer: native "
                         "frames have no file and line")

    def test_a_tool_that_dies(self):
        with mock.patch.dict(os.environ, REFSAN_SYMBOLIZER="false"):
            lines = symbolizer.Symbolizer(lambda sentence: None)
            for offset in range(4):
                self.assertEqual(lines.find(str(self.module), offset), [])


class Elf(RefsanTest):
    def test_what_is_no_elf(self):
        for content in (b"", b"\x7fELF", b"\x7fELF\x02\x01" + b"\xff" * 70,
                        b"#!/bin/sh\n"):
            path = self.folder / "file"
            path.write_bytes(content)
            with self.subTest(content[:6]):
                self.assertEqual(elf.build_id(path), "")
                self.assertIsNone(elf.is_static(path))
        self.assertEqual(elf.build_id("/no/file"), "")

    def test_a_program_with_a_loader(self):
        self.assertIs(elf.is_static(shutil.which("sh")), False)


if __name__ == "__main__":
    unittest.main()
