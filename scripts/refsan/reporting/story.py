# SPDX-License-Identifier: MIT
"""A finding as a short report:

  path:line: error: list released twice [decref-after-zero]
    test     …                      where the listener knows it
    decref, main thread             each act: what, who, the line, the calls
        98 | Py_XDECREF(row);
             parse_row < test_parse_row_error (test_tinytable.py:31)
    object   <list> 0x7fed0b8b4e40, created by main thread at …
    fix      …

The first line has the grammar of gcc's messages, which editors and CI read."""

import os

from .. import tables
from . import excerpt, facts, frames, history
from .page import columns, cut, wrap

KEY = 10  # columns of a key and the space behind it
GUTTER = 7  # "    98 "
MOST_FIX_LINES = 3
NO_ADDRESS = "0x0"


def story(finding, page):
    """The lines of a report, each ending in a newline. `finding` is what docs/json.md says, with places put in. Raises KeyError,
    TypeError and their like when it is something else."""
    lines = [_first(finding, page), *_test(finding, page),
             *_signal(finding, page)]
    shown = _acts(finding)
    for stack in shown:
        lines += _act(finding, stack, page)
    lines += _keyed("because", "; ".join(facts.evidence(finding)), page, 2)
    lines += _keyed("follows", facts.cause(finding), page)
    lines += _object(finding, page)
    for at, sentence in enumerate(facts.locks(finding)):
        lines += _keyed("" if at else "locks", sentence, page)
    lines += _keyed("threads", facts.other_threads(finding), page)
    lines += _builds(shown, page)
    lines += history.lines(finding, shown, page, KEY)
    lines += _keyed("fix", finding.get("hint") or "", page, MOST_FIX_LINES)
    if finding["kind"] in tables.kinds():
        lines += _keyed("more", f"refsan explain {finding['kind']}", page)
    return "".join(page.paint(line) + "\n" for line in lines)


# ---- the first lines

def _main_place(finding, page):
    """Of the act, or where that was not recorded, of what is."""
    return next(filter(None, (frames.place(stack, page)
                              for stack in finding["stacks"])), None)


def _first(finding, page):
    """Never wrapped: tools read it."""
    place = _main_place(finding, page)
    at = frames.where(place) if place else ""
    severity = finding["severity"]
    return [("strong", f"{at or 'refsan'}: "), ("error" if severity == "error"
                                               else "warning", f"{severity}: "),
            ("strong", facts.headline(finding)),
            ("weak", f" [{finding['kind']}]")]


def _test(finding, page):
    """Members that the listener adds: the running test, and the worker."""
    test, worker = finding.get("test"), finding.get("worker")
    pid = finding["pid"]
    process = ", ".join([*([worker] if worker else []),
                         *([f"pid {pid}"] if pid is not None else []),
                         *(["runs now; this is another thread"]
                           if finding.get("test_in_other_thread") else [])])
    if test and process:
        test += f" ({process})"
    return _keyed("test", test, page) if test else []


def _signal(finding, page):
    """SIGSEGV at address 0x10: nothing is mapped there"""
    crash = finding.get("crash") or finding.get("hang")
    if not crash:
        return []
    at = f" at address {crash['address']}" if crash.get("address") else ""
    why = f": {crash['reason']}" if crash.get("reason") else ""
    return _keyed("signal", f"{crash['signal']}{at}{why}", page)


def _keyed(key, words, page, most=None):
    """"key      words", wrapped; none without words."""
    if not words:
        return []
    rows = wrap(words, page.width - 2 - KEY, most)
    return [[("weak", f"  {key if not at else '':<{KEY}}"), ("plain", row)]
            for at, row in enumerate(rows)]


# ---- acts

def _acts(finding):
    """The birth stands in the object's line, unless it is what happened."""
    first, *others = finding["stacks"] or [None]
    return [*([first] if first else []),
            *(stack for stack in others
              if stack["role"] != "birth" and frames.all_of(stack))]


def _act(finding, stack, page):
    place = frames.place(stack, page)
    who = facts.thread(finding, stack["thread"])
    what = facts.label(stack) + (f", {who}" if who else "")
    source = place and excerpt.line(place, page.cwd)
    lines = _titled(what, _at(finding, place, source, page), page)
    if source:
        gutter = f"{place['line']:>{GUTTER - 1}} | "
        lines.append([("weak", gutter), ("plain", cut(
            source, page.width - columns(gutter)))])
    return (lines + _calls(frames.chain(stack, page, place), page)
            + _locks(stack))


def _locks(stack):
    """holding PyMutex 0x7f12"""
    held = ", ".join(f"{lock['kind']} {lock['address']}"
                     for lock in stack.get("locks", ()))
    return [[("plain", f"{' ' * (GUTTER + 2)}holding {held}")]] if held else []


def _at(finding, place, source, page):
    """The place of an act, where the excerpt and the first line do not say it
    together."""
    if place is None or source and (
            _main_place(finding, page).get("file") == place["file"]):
        return ""
    return f"at {frames.where(place)}"


def _builds(shown, page):
    """Which builds places are of that no line is known of: what a symbolizer
    elsewhere looks for."""
    places = [frames.place(stack, page) for stack in shown]
    builds = {os.path.basename(place["module"]): place["build_id"]
              for place in places if place and not place.get("file")
              and place.get("module") and place.get("build_id")}
    return [line for module, build in builds.items()
            for line in _keyed("build", f"{module}, BuildId {build}", page)]


def _titled(what, at, page):
    """A path is never broken; what is longer than the page has a line."""
    if columns(f"  {what} {at}") <= page.width or not at:
        return [[("act", cut(f"  {what}", page.width)), ("plain", f" {at}")]]
    return [[("act", cut(f"  {what}", page.width))], [("plain", f"    {at}")]]


def _calls(calls, page):
    """f < g < h, broken before "<"."""
    indent = " " * (GUTTER + 2)
    words = [call.replace(" ", "\0") for call in calls]
    rows = wrap(" < ".join(words).replace(" < ", " <\0"),
                page.width - len(indent), 3)
    return [[("plain", indent + row.replace("\0", " "))]
            for row in rows if row]


# ---- the object

def _count(counts):
    """None of one that nobody can have counted."""
    if counts.get("immortal"):
        return ["immortal"]
    total = counts.get("total")
    return [f"refcount {total}"] if abs(total) < 1 << 32 else []


def _object(finding, page):
    """Nothing of a finding that is about no object."""
    known = finding["object"]
    if not known or known["address"] == NO_ADDRESS:
        return []
    words = [f"<{facts.type_name(finding)}> {known['address']}"]
    counts = known.get("counts")
    if counts and known.get("state") not in ("dead", "dying"):
        words += _count(counts)
    creator = facts.thread(finding, known.get("creator"))
    birth = next((frames.place(stack, page) for stack in finding["stacks"][1:]
                  if stack["role"] == "birth"), None)
    if creator or birth:
        at = birth and frames.where(birth, is_short=True)
        words.append("created" + (f" by {creator}" if creator else "")
                     + (f" at {at}" if at else ""))
    # Broken behind a comma, if anywhere.
    return _keyed("object", ", ".join(
        word.replace(" ", "\N{NO-BREAK SPACE}") for word in words), page)
