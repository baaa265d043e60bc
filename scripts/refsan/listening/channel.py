# SPDX-License-Identifier: MIT
"""The channel: a file that watched processes append lines of JSON to
(runtime/report/report_summary.c), followed while they run."""

import json
import os
import shutil
import tempfile
import threading

POLL_SECONDS = 0.03


class Channel:
    """Calls `take` with each record, on one thread. What was written when
    close() is called has been taken when it returns."""

    def __init__(self, take):
        self.take = take
        self.folder = tempfile.mkdtemp(prefix="refsan-")
        self.path = os.path.join(self.folder, "channel")
        self.file = open(self.path, "x+b")
        self.rest = b""
        self.is_over = threading.Event()
        self.thread = threading.Thread(target=self._follow, daemon=True,
                                       name="refsan-channel")

    def start(self):
        self.thread.start()

    def _follow(self):
        while not self.is_over.wait(POLL_SECONDS):
            self._read()
        self._read()

    def _read(self):
        while chunk := self.file.read(1 << 20):
            *lines, self.rest = (self.rest + chunk).split(b"\n")
            for line in lines:
                self._take_line(line)

    def _take_line(self, line):
        try:
            record = json.loads(line)
        except ValueError:
            record = {"type": "note", "pid": 0,
                      "text": "a line of the channel was damaged"}
        self.take(record)

    def close(self):
        """Processes that live on write to stderr from now on."""
        if self.thread.is_alive():
            self.is_over.set()
            self.thread.join()
        self.file.close()
        shutil.rmtree(self.folder, ignore_errors=True)
