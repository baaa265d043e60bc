# SPDX-License-Identifier: MIT
"""What `refsan run` does before the program starts: little. Time would depend
on the machine; what is imported does not."""

import os
import subprocess
import sys
import unittest

from support import ROOT, RefsanTest

from refsan.commands import run
from refsan.main import parse, plain_run

# The command, up to where the program would start.
START = """
import os, sys
sys.path.insert(0, {scripts!r})
def say():
    print("\\n".join(sorted(sys.modules)), flush=True)
    os._exit(0)
os.fork = say
from refsan.main import main
main({arguments!r})
"""
# What takes longer than all the rest together, and is needed later or never.
LATER = {"ctypes", "dataclasses", "difflib", "hashlib", "inspect", "json",
         "pathlib", "shutil", "site", "subprocess", "tempfile", "threading",
         "typing", "refsan.tables", "refsan.listening.listener",
         "refsan.symbolizing.symbolizer", "refsan.commands.doctor"}
OWN = {"refsan", "refsan.main", "refsan.mistake", "refsan.options",
       "refsan.places", "refsan.commands", "refsan.commands.run",
       "refsan.listening", "refsan.listening.channel",
       "refsan.listening.handed_on", "refsan.listening.tally",
       "refsan.starting",
       "refsan.starting.child", "refsan.starting.inherited",
       "refsan.starting.preload"}
MOST = 80  # a third of them are there before the first line


class Start(RefsanTest):
    def test_without_options_there_is_no_parser(self):
        """And nothing else is different."""
        self.assertFalse({"argparse", "re"} & self.imported())
        for command in ["x", "-q"], ["--", "x", "--", "-q"]:
            parsed = parse([run], ["run", *command])
            del parsed.version
            plain = plain_run(run, ["run", *command])
            self.assertEqual(vars(plain), {
                **vars(parsed), "command": plain.command})
            self.assertEqual(run.command_of(plain.command),
                             run.command_of(parsed.command))
        for words in [], ["run"], ["run", "-q", "x"], ["run", "--help"], [
                "doctor", "x"], ["--version"]:
            self.assertIsNone(plain_run(run, words))

    def imported(self, *options):
        code = START.format(scripts=str(ROOT / "scripts"),
                            arguments=["run", *options, "--", "true"])
        done = subprocess.run(
            [sys.executable, "-I", "-S", "-c", code], text=True,
            capture_output=True, env=self.environment, check=True)
        return set(done.stdout.split())

    def test_few_modules(self):
        for options in (), ("-q", "--jsonl", "x", "--only", "a", "--full"):
            modules = self.imported(*options)
            self.assertEqual(modules & LATER, set())
            self.assertEqual({name for name in modules
                              if name.startswith("refsan")} - {
                                  "refsan.parser"}, OWN)
            self.assertLess(len(modules), MOST)

    def test_the_launcher_starts_python_itself(self):
        """No site-packages, whose files may import anything, and no program
        that looks for the interpreter first."""
        launcher = os.environ.get("REFSAN")
        if not launcher:
            self.skipTest("CTest names the launcher")
        with open(launcher, encoding="utf-8") as file:
            line = next(line for line in file if line.startswith("python="))
        python = line.split("'")[1]
        with open(python, "rb") as file:
            self.assertEqual(file.read(4), b"\x7fELF")
        done = subprocess.run(
            [launcher, "options"], text=True, capture_output=True, check=True,
            env={**self.environment, "PYTHONVERBOSE": "1"})
        self.assertEqual(done.stderr, "")


if __name__ == "__main__":
    unittest.main()
