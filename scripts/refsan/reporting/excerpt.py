# SPDX-License-Identifier: MIT
"""One line of a source file, if the file is there."""

import os
import stat

from .. import foreign

LARGEST = 16 << 20  # generated sources are long; this is no source any more


def line(file, number, cwd=""):
    """The line without its indentation, or None. `file` is as a report says
    it (foreign.py). Missed: a file that changed since the module was built
    has other lines; its debug information does not tell."""
    try:
        path = os.path.join(cwd, foreign.original(file))
        status = os.stat(path)
        if not stat.S_ISREG(status.st_mode) or status.st_size > LARGEST:
            return None
        with open(path, encoding="utf-8", errors="replace") as lines:
            for at, words in enumerate(lines, 1):
                if at == number:
                    return words.strip().expandtabs() or None
    except (OSError, ValueError):
        pass
    return None
