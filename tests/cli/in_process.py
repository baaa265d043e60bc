# SPDX-License-Identifier: MIT
"""The command run in this process: for commands that start no other one."""

import contextlib
import io
import os
import pathlib
import subprocess
import sys
import tempfile
import unittest
from unittest import mock

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
sys.path.insert(0, str(ROOT / "scripts"))

from refsan import main  # noqa: E402


class Stream(io.TextIOWrapper):
    is_terminal = False

    def isatty(self):
        return self.is_terminal


class InProcessTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)
        self.environment = {}

    def refsan(self, *arguments, input="", environment=None,
               on_terminal=False):
        """What a finished `refsan ARGUMENTS...` in the test's folder says."""
        streams = {"stdin": Stream(io.BufferedReader(
                       io.BytesIO(input.encode()))),
                   "stdout": Stream(io.BytesIO(), "utf-8"),
                   "stderr": Stream(io.BytesIO(), "utf-8")}
        streams["stderr"].is_terminal = on_terminal
        with contextlib.ExitStack() as stack:
            stack.enter_context(contextlib.chdir(self.folder))
            stack.enter_context(mock.patch.dict(
                os.environ, {**self.environment, **(environment or {})}))
            for name, stream in streams.items():
                stack.enter_context(mock.patch.object(sys, name, stream))
            status = main.main(list(map(str, arguments)))
        said = []
        for name in "stdout", "stderr":
            streams[name].flush()
            said.append(streams[name].buffer.getvalue().decode())
        return subprocess.CompletedProcess(arguments, status, *said)
