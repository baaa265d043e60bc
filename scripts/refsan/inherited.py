# SPDX-License-Identifier: MIT
"""What the command was started with and is not so any more: signals that were
ignored before Python began, libraries that were preloaded. The launcher
(scripts/refsan.in) saw them."""

import contextlib
import os
import signal

VARIABLE = "REFSAN_IGNORED_SIGNALS"  # the line SigIgn of /proc/self/status
CHANGED = signal.SIGPIPE, signal.SIGXFSZ  # Python ignores them

try:
    _ignored = int(os.environ.pop(VARIABLE, ""), 16)
except ValueError:
    _ignored = None  # not started by the launcher: nobody can tell

_preloaded = os.environ.pop("REFSAN_PRELOADED", None)
if _preloaded is not None:
    os.environ["LD_PRELOAD"] = _preloaded  # for what this process starts


@contextlib.contextmanager
def dispositions():
    """Those that a child is to inherit, for a moment. Gives the value of
    Popen's restore_signals."""
    if _ignored is None:
        yield True
        return
    was_ignored = [number for number in CHANGED
                   if _ignored >> (number - 1) & 1]
    before = {number: signal.signal(number, signal.SIG_DFL)
              for number in CHANGED if number not in was_ignored}
    try:
        yield False
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
