# SPDX-License-Identifier: MIT
"""What goes wrong while `refsan run` listens and looks for lines costs no
report, and is said."""

import os
import shutil
import unittest
from unittest import mock

import hosts
from hosts import ERROR, FOLDER, FaultTest

from refsan.listening import channel
from refsan.symbolizing import symbolizer

PLACE = r"in detached [^ ]*demo\.c:\d+ \("
BREAK = """
import os
def say(line):
    with open(os.environ["REFSAN_CHANNEL"], "a") as channel:
        print(line, file=channel)
"""


class Records(FaultTest):
    def test_one_that_cannot_be_taken(self):
        """Then the next is, and the first is not forgotten."""
        done = self.run_it(BREAK + "say('{\"type\":\"report\",\"pid\":1}')\n"
                           + ERROR)
        self.assertIn("a record could not be taken", self.said(done))

    def test_a_damaged_one(self):
        """A process that was killed left half of one."""
        done = self.run_it(
            BREAK.replace("file=channel", "file=channel, end=''")
            + "say('{\"type\":\"note\",\"pid\":1,\"te')\n" + ERROR)
        self.assertIn("a line of the channel was damaged", self.said(done))

    def test_silence_is_no_success(self):
        done = self.run_it(BREAK + "say('[]')\n")
        self.assertEqual(done.returncode, 67, done.stderr)
        self.assertIn("a record could not be taken", done.stderr)


class Memory(unittest.TestCase):
    def test_what_was_read_is_given_back(self):
        taken = []
        listening = channel.Channel(lambda record: taken.append(record["n"]))
        line = '{"type":"note","n":%d,"text":"' + "x" * (1 << 20) + '"}\n'
        with open(listening.environment()["REFSAN_CHANNEL"], "a") as file:
            for number in range(64):
                file.write(line % number)
        listening.start()
        listening.is_over.set()
        listening.thread.join()
        listening._read()
        held = os.fstat(listening.file.fileno()).st_blocks * 512
        listening.close()
        self.assertEqual((taken, listening.failures), (list(range(64)), []))
        self.assertLess(held, 20 << 20)


class Lines(FaultTest):
    def test_a_symbolizer_that_cannot_be_started(self):
        done = self.run_it(ERROR, command=(
            "prlimit", "--nofile=11", "--"))
        self.assertRegex(self.said(done), "refsan: .* cannot be started: Too "
                         "many open files")

    def test_folders_with_marks(self):
        for mark in '"', "'", "\\", "a'b\"c\\d", "two\nlines", "()":
            with self.subTest(mark):
                folder = FOLDER / f"x{mark}y"
                done = self.run_it(ERROR, folder=folder)
                self.assertRegex(self.said(done), PLACE)

    def test_a_long_path(self):
        folder = FOLDER.joinpath(*[f"{number:0>60}" for number in range(20)])
        done = self.run_it(ERROR, folder=folder, command=None)
        self.assertRegex(self.said(done), r"in detached \(/.*/demo\.so\+0x")
        done = self.run_it(ERROR, folder=folder)
        self.assertRegex(self.said(done), PLACE)

    def test_damaged_modules(self):
        """The tool dies of each; another module has its lines."""
        if not shutil.which("llvm-symbolizer"):
            self.skipTest("no llvm-symbolizer here")
        real = shutil.which("llvm-symbolizer")
        tool = FOLDER / "tool/llvm-symbolizer"
        tool.parent.mkdir(exist_ok=True)
        tool.write_text("#!/bin/sh\nwhile read -r line; do case $line in\n"
                        "*damaged*) exit 1;;\nesac\n"
                        f"printf '%s\\n' \"$line\" | {real} --demangle "
                        "--inlines --functions=linkage\ndone\n")
        tool.chmod(0o755)
        offset = self.offset_of(FOLDER / "demo.so")
        notes = []
        with mock.patch.dict(os.environ, REFSAN_SYMBOLIZER=str(tool)):
            lines = symbolizer.Symbolizer(notes.append)
            self.addCleanup(lines.close)
            self.assertTrue(lines.find(str(FOLDER / "demo.so"), offset))
            for number in range(4):
                damaged = FOLDER / f"damaged-{number}.so"
                shutil.copy(FOLDER / "demo.so", damaged)
                self.assertEqual(lines.find(str(damaged), offset), [])
            other = FOLDER / "other.so"
            shutil.copy(FOLDER / "demo.so", other)
            self.assertTrue(lines.find(str(other), offset))
        self.assertEqual(len(notes), 4)

    def offset_of(self, module):
        text = hosts.subprocess.run(["nm", module], text=True,
                                    capture_output=True, check=True).stdout
        return next(int(line.split()[0], 16) for line in text.splitlines()
                    if line.endswith(" detached"))


if __name__ == "__main__":
    unittest.main()
