# SPDX-License-Identifier: MIT
"""What was around a crash, from its record: registers, what they point to, the
other threads, and what all of them did last. In the words of crash.def, as the
process itself says it."""

from .. import tables
from . import facts, frames, history
from .page import columns, cut, wrap

INDENT = 4
THREADS_MOST = 32
UNKNOWN_TYPE = "unknown type"


def surroundings(finding, page):
    """The lines, each ending in a newline."""
    crash = finding["crash"]
    lines = [*_registers(crash, page), *_pointers(crash, page),
             *_patterns(crash, page), *_threads(finding, page),
             *_operations(finding, page)]
    return "".join(page.paint(line) + "\n" for line in lines)


def _titled(words, rows, page):
    if not rows:
        return []
    return [[("act", cut(f"  {words}", page.width))],
            *([("plain", cut(" " * INDENT + row, page.width))]
              for row in rows)]


def _registers(crash, page):
    words = [f"{name:<4}{value}".replace(" ", "\N{NO-BREAK SPACE}")
             for name, value in crash["registers"].items()]
    width = max(map(len, words), default=0)
    return _titled("registers", wrap(
        " ".join(word + "\N{NO-BREAK SPACE}" * (width + 1 - len(word))
                 for word in words), page.width - INDENT), page)


def _pointers(crash, page):
    rows = []
    for own in crash["pointers"]:
        where = own["in"] + (f"+{own['offset']}" if own["in"] == "stack"
                             else "")
        row = (f"{where:<12}{own['value']}  "
               f"<{own['type'] or UNKNOWN_TYPE}>, {own['state']}")
        inside = int(own["value"], 16) - int(own["object"], 16)
        if inside:
            row += " " + tables.crash_words()["behind"] % inside
        rows.append(row)
    return _titled(tables.crash_words()["pointers"], rows, page)


def _patterns(crash, page):
    words = tables.crash_words()["holds"]
    return [[("plain", cut(" " * INDENT + words % (
        name, int(value, 16), row.sentence), page.width))]
            for name, value in crash["registers"].items()
            for row in tables.crash_patterns()
            if int(value, 16) == row.byte * 0x0101010101010101]


def _threads(finding, page):
    """Each as the calls that led there."""
    crash, words, lines = finding["crash"], tables.crash_words(), []
    for thread in crash["threads"][:THREADS_MOST]:
        lines += _thread(thread, page)
    more, silent = crash["threads"][THREADS_MOST:], crash["silent_threads"]
    if more:
        lines.append([("plain", "  " + words["more"] % len(more))])
    if silent:
        lines.append([("plain", "  " + words["silent"] % (
            silent, "" if silent == 1 else "s"))])
    return lines


def _thread(thread, page):
    title = f"thread T{thread['thread'] or '?'}"
    if thread["name"]:
        title += f" '{thread['name']}'"
    if thread["others"]:
        title += f" and {thread['others']} others"
    stack = {"role": "act", **thread}
    place = frames.place(stack, page)
    at = f" at {frames.where(place)}" if place else ""
    calls = frames.chain(stack, page, place)
    return _titled(title + at, wrap(" < ".join(calls), page.width - INDENT, 3)
                   if calls else [""], page)


def _operations(finding, page):
    """As a history, with the objects."""
    rows = []
    for act, times in history.merged(finding["crash"]["operations"]):
        site = act.get("site") and frames.in_source(act["site"], page)
        who, op, counts, place = history.row(
            {**act, "site": site}, times, None,
            facts.thread(finding, act["thread"]))
        rows.append((who, op, act["object"], counts, place))
    widths = [max(map(columns, column)) for column in zip(*rows)]
    return _titled(tables.crash_words()["operations"], [
        "  ".join(cell + " " * (width - columns(cell))
                  for cell, width in zip(row, widths)).rstrip()
        for row in rows], page)
