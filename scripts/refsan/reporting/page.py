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

CLAUSE = re.compile(r"[,;.:]$")
WIDTH, NARROWEST, WIDEST = 80, 40, 160


class Page(collections.namedtuple(
        "Page", "width is_coloured cwd folded is_shared",
        defaults=(WIDTH, False, "", (), True))):
    """`folded`: packages whose frames are folded as the standard library's
    are. `is_shared`: others write there, too."""

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
                os.getcwd(), tuple(folded), file is not None)


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


def wrap(text, width, most=None):
    """Lines of at most `width` columns, broken at spaces. Of more than `most`
    lines, those that end with a clause, or "…"."""
    lines = _lines(text.split(" "), width)
    if most is None or len(lines) <= most:
        return lines
    words = text.split(" ")
    for at in range(len(words) - 1, 0, -1):
        if CLAUSE.search(words[at]) and _is_closed(words[:at + 1]):
            last = CLAUSE.sub("", words[at]) + "\N{NO-BREAK SPACE}…"
            kept = _lines([*words[:at], last], width)
            if len(kept) <= most:
                return kept if len(kept) > most // 2 else cut_lines(
                    lines, most, width)
    return cut_lines(lines, most, width)


def cut_lines(lines, most, width):
    """The first of them; the last ends in "…", behind a whole word."""
    last = lines[most - 1].split(" ")
    while len(last) > 1 and columns(" ".join(last)) + 2 > width:
        last.pop()
    return [*lines[:most - 1], cut(" ".join(last) + " …", width)]


def _lines(words, width):
    lines = [""]
    for word in filter(None, words):
        if lines[-1] and columns(f"{lines[-1]} {word}") > width:
            lines.append("")
        lines[-1] = f"{lines[-1]} {word}".lstrip(" ")
    return [cut(line, width).replace("\N{NO-BREAK SPACE}", " ")
            for line in lines]


def _is_closed(words):
    text = " ".join(words)
    return text.count("(") == text.count(")")
