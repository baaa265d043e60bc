# SPDX-License-Identifier: MIT
"""One line of a source file, if the file is there."""

import collections
import os
import stat

from .. import foreign

LARGEST = 16 << 20  # generated sources are long; this is no source any more


def line(file, number, cwd=""):
    """The line without its indentation, or None. `file` is as a report says
    it (foreign.py). Missed: a file that changed since the module was built
    has other lines; its debug information does not tell."""
    found = lines_up_to(file, number, cwd, 1)
    return found[0].strip().expandtabs() or None if found else None


def lines_up_to(file, number, cwd, most):
    """The last of at most `most` lines is that of the number; none where
    that is not there."""
    try:
        path = os.path.join(cwd, foreign.original(file))
        status = os.stat(path)
        if not stat.S_ISREG(status.st_mode) or status.st_size > LARGEST:
            return []
        with open(path, encoding="utf-8", errors="replace") as source:
            kept = collections.deque(maxlen=most)
            for at, words in enumerate(source, 1):
                kept.append(words)
                if at == number:
                    return list(kept)
    except (OSError, ValueError):
        pass
    return []
