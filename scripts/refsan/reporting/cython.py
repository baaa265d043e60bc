# SPDX-License-Identifier: MIT
"""Places in the C of Cython as places in the .pyx: Cython writes above each
statement where it comes from."""

import os
import re

from . import excerpt

ORIGIN = re.compile(r'\s*/\* "(?P<file>[^"]+\.p(?:yx|xd|xi|y))":(?P<line>\d+)$')
FURTHEST = 400  # lines from a statement up to its comment
DEEPEST = 6


def in_source(frame, cwd=""):
    """The frame, where it can be found with the place in the .pyx."""
    file, function = frame.get("file"), frame.get("function")
    if not file or not (function or "").startswith("__pyx_") or (
            not file.endswith((".c", ".cpp"))):
        return frame
    before = excerpt.lines_up_to(file, frame["line"], cwd, FURTHEST)
    for words in reversed(before):
        origin = ORIGIN.match(words)
        if origin:
            return {**frame, "line": int(origin["line"]),
                    "file": _find(origin["file"], file, cwd)}
        if words.startswith("}"):
            break  # of the function before
    return frame


def _find(name, generated, cwd):
    """Cython was called in a folder above, which is not said."""
    folder = os.path.dirname(os.path.join(cwd, generated))
    for _ in range(DEEPEST):
        path = os.path.join(folder, name)
        if os.path.isfile(path):
            return path
        folder = os.path.dirname(folder)
    return name
