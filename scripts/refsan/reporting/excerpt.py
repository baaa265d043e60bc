# SPDX-License-Identifier: MIT
"""One line of a source file, if the file is there."""

import collections
import os
import stat

from .. import foreign

LARGEST = 16 << 20  # generated sources are long; this is no source any more


def line(frame, cwd=""):
    """That of the frame without its indentation, or None where it is not
    there, or may be another by now. The frame's words are as a report has
    them (foreign.py)."""
    if not frame.get("file") or _is_stale(frame, cwd):
        return None
    found = lines_up_to(frame["file"], frame["line"], cwd, 1)
    return found[0].strip().expandtabs() or None if found else None


def _is_stale(frame, cwd):
    """Was the file changed after the module was built? Its debug information
    does not tell, and other lines would be lies."""
    if not frame.get("module"):
        return False
    try:
        return (os.stat(_path(frame["file"], cwd)).st_mtime_ns
                > os.stat(_path(frame["module"], cwd)).st_mtime_ns)
    except (OSError, ValueError):
        return False


def _path(name, cwd):
    return os.path.join(cwd, foreign.original(name))


def lines_up_to(file, number, cwd, most):
    """The last of at most `most` lines is that of the number; none where
    that is not there."""
    try:
        path = _path(file, cwd)
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
