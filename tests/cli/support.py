# SPDX-License-Identifier: MIT
"""A `refsan run` without the runtime: the library is an empty one, and the
commands say to the channel what the runtime would."""

import json
import os
import pathlib
import subprocess
import sys
import tempfile
import unittest

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
REFSAN = ROOT / "scripts/refsan"
sys.path.insert(0, str(ROOT / "scripts"))

HOST = {"type": "host", "exe": "/bin/python3.15", "host": "CPython 3.15.0",
        "refusal": None}

def start(**options):
    """The first record of a process; options that are not named have their
    defaults."""
    return {**HOST, "type": "start", "host": None, "options": options}


SUMMARY = {**HOST, "type": "summary", "events": 3, "errors": 0, "warnings": 0,
           "silenced": 0, "lost": {}, "coverage": "one module hooked",
           "suppressions": ""}


def report(kind="count-underflow", severity="error", **finding):
    return {"type": "report",
            "text": f"refsan: {kind}: words\n  object  0x10\n"
                    "  decref by thread T1:\n    #0 in f app.py:1 (python)\n",
            "finding": {"schema": 1, "kind": kind, "severity": severity,
                        "stacks": [], "history": [], **finding}}


def printed(kind="count-underflow"):
    """What becomes of a report(), which is no whole finding."""
    return "\n" + report(kind)["text"]


TALKER = """
import json, os, sys
{before}
with open(os.environ["REFSAN_CHANNEL"], "a") as channel:
    for record in json.loads({records!r}):
        record["pid"] = os.getpid()
        if "finding" in record:
            record["finding"]["pid"] = os.getpid()
        channel.write(json.dumps(record) + "\\n")
        channel.flush()
{after}
"""


def talker(*records, before="", after=""):
    """The command of a process that says these records."""
    return [sys.executable, "-c", TALKER.format(
        before=before, after=after, records=json.dumps(records))]


def compile_library(source, output, *flags):
    subprocess.run(
        [os.environ.get("CC", "cc"), "-shared", "-fPIC", "-g", *flags,
         "-Wl,--build-id", "-x", "c", "-", "-o", str(output)],
        input=source, text=True, check=True)


class RefsanTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)
        self.library = self.folder / "librefsan.so"
        compile_library("", self.library)
        self.environment = {
            name: value for name, value in os.environ.items()
            if name == "REFSAN_TABLES" or
            not name.startswith("REFSAN_") and name != "LD_PRELOAD"}
        self.environment["REFSAN_LIBRARY"] = str(self.library)

    def command(self, *arguments):
        return [sys.executable, str(REFSAN), *map(str, arguments)]

    def refsan(self, *arguments, **more):
        """A finished `refsan ARGUMENTS...`."""
        environment = {**self.environment, **more.pop("environment", {})}
        return subprocess.run(
            self.command(*arguments), env=environment, text=True,
            capture_output=True, timeout=60, cwd=self.folder, **more)
