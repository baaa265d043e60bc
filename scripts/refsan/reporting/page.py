# SPDX-License-Identifier: MIT
"""Where a report is written: how wide, in colour or not, and from where the
paths are said."""

import collections
import os
import posixpath
import re
import unicodedata

from .. import foreign
from . import colours

WIDTH, NARROWEST, WIDEST = 80, 40, 160


class Page(collections.namedtuple(
        "Page", "width is_coloured cwd folded",
        defaults=(WIDTH, False, "", ()))):
    """`folded`: packages whose frames are folded as the standard library's
    are."""

    def path(self, file):
        """As said in a report: relative to the working directory where it is
        below."""
        if "/../" in file or "/./" in file:
            file = posixpath.normpath(file)
        below = self.cwd.rstrip("/") + "/"
        return (file[len(below):] if self.cwd and file.startswith(below)
                else file)

    def paint(self, parts):
        """One line of a report, from (style, text). What is foreign was
        escaped by whoever said it; but the watched program can write records,
        too, so it is done once more."""
        texts = ((style, foreign.line(text)) for style, text in parts)
        return "".join(colours.styled(text, style) if self.is_coloured
                       else text for style, text in texts).rstrip()


def for_file(file, color="auto", folded=()):
    """The page that `file` is, or with None, a file that nobody looks at now.
    `color` is the option's value."""
    return Page(_width(file), file is not None and colours.wants(color, file),
                os.getcwd(), tuple(folded))


def _width(file):
    """COLUMNS, or the terminal's."""
    try:
        width = int(os.environ.get("COLUMNS") or
                    os.get_terminal_size(file.fileno()).columns)
    except (ValueError, OSError, AttributeError):
        width = 0
    return min(max(width, NARROWEST), WIDEST) if width > 0 else WIDTH


def columns(text):
    """How many a terminal needs for it."""
    return sum(0 if unicodedata.combining(char) else
               2 if unicodedata.east_asian_width(char) in "WF" else 1
               for char in text)


def cut(text, width):
    """With … where it does not fit."""
    if columns(text) <= width:
        return text
    while text and columns(text) >= width:
        text = text[:-1]
    return text + "…"


def wrap(text, width, most=None, breaks=r"[,;.]$"):
    """Lines of at most `width` columns, broken at spaces; a word that is
    longer stands alone. Of more than `most` lines the last ends in …, where
    possible at the end of a clause."""
    lines = [""]
    for word in text.split():
        if lines[-1] and columns(f"{lines[-1]} {word}") > width:
            lines.append("")
        lines[-1] = f"{lines[-1]} {word}".lstrip()
    lines = [cut(line, width) for line in lines]
    if most is None or len(lines) <= most:
        return lines
    kept = " ".join(lines[:most]).split()
    clause = max((at for at, word in enumerate(kept)
                  if re.search(breaks, word) and _is_closed(kept[:at + 1])),
                 default=-1)
    if clause >= len(kept) // 3:
        kept = kept[:clause + 1]
        kept[-1] = re.sub(breaks, "", kept[-1])
        return wrap(" ".join(kept) + " …", width)
    lines = lines[:most]
    lines[-1] = cut(lines[-1] + " …", width)
    return lines


def _is_closed(words):
    text = " ".join(words)
    return text.count("(") == text.count(")")
