# SPDX-License-Identifier: MIT
"""What the command was started with and Python has changed since: ignored
signals. The launcher (scripts/refsan.in) saw them before Python did."""

import os
import signal

VARIABLE = "REFSAN_IGNORED_SIGNALS"  # the line SigIgn of /proc/self/status
CHANGED = signal.SIGPIPE, signal.SIGXFSZ  # Python ignores them

try:
    _ignored = int(os.environ.pop(VARIABLE, ""), 16)
except ValueError:
    _ignored = 0  # not started by the launcher: nobody can tell


def restore():
    """In a child: what Python ignores and our parent did not."""
    for number in CHANGED:
        if not _ignored >> (number - 1) & 1:
            signal.signal(number, signal.SIG_DFL)
