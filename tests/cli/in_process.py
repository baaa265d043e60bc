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


class InProcessTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)
        self.environment = {}

    def refsan(self, *arguments, input="", environment=None):
        """What a finished `refsan ARGUMENTS...` in the test's folder says."""
        streams = {name: io.TextIOWrapper(io.BytesIO(data), "utf-8")
                   for name, data in (("stdin", input.encode()),
                                      ("stdout", b""), ("stderr", b""))}
        streams["stdin"] = io.TextIOWrapper(io.BufferedReader(
            io.BytesIO(input.encode())))
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
