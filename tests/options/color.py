# SPDX-License-Identifier: MIT
"""color: on a terminal, always, or never."""

import os
import pty
import sys
import subprocess

import support
from support import check


def on_terminal(**options):
    """What the runtime writes to a terminal."""
    try:
        leader, follower = pty.openpty()
    except OSError:
        sys.exit(77)  # no pseudo-terminals here
    child = subprocess.Popen(
        [support.PYTHON, "-s", support.program("demo.detached([])")],
        stderr=follower, env={**support.environment(options),
                              "LD_PRELOAD": support.LIBRARY})
    os.close(follower)
    said = b""
    try:
        while chunk := os.read(leader, 65536):
            said += chunk
    except OSError:
        pass  # Linux says EIO when the last writer has closed it
    child.wait()
    os.close(leader)
    return said.decode()


RED = "\033[1;31mrefsan: refop-detached:"
check(RED in on_terminal())
check("\033" not in on_terminal(color="never"))
for run in support.preloaded, support.watched:
    check("\033" not in run("demo.detached([])").stderr)
    check("\033" not in run("demo.detached([])", color="never").stderr)
    check(RED in run("demo.detached([])", color="always").stderr)

# What all programs are told, where the option leaves it open.
for variable, is_red in ("NO_COLOR", False), ("FORCE_COLOR", True):
    os.environ[variable] = "1"
    check((RED in support.preloaded("demo.detached([])").stderr) == is_red)
    check((RED in on_terminal()) == is_red)
    check((RED in support.watched("demo.detached([])").stderr) == is_red)
    check("\033" not in support.watched("demo.detached([])",
                                        color="never").stderr)
    del os.environ[variable]
