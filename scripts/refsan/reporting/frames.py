# SPDX-License-Identifier: MIT
"""The frames of one stack, as a report says them: the place that matters, and
the chain of calls that led there."""

import os

from . import cython, folding, names

MOST_CALLS = 7
RUNNING = "live"  # roles.def
MODULE = "<module>"


def all_of(stack):
    """Native and Python's, innermost first."""
    return list(stack["frames"]) + list(stack["python"])


def in_source(frame, page):
    """With the place that its author knows, and a path as `page` says it."""
    frame = cython.in_source(frame, page.cwd)
    return ({**frame, "file": page.path(frame["file"])} if frame.get("file")
            else frame)


def all_from(stack, page):
    """Without what a running dealloc has called since: that is not what the
    report is about."""
    frames = [in_source(frame, page) for frame in all_of(stack)]
    if stack["role"] != RUNNING:
        return frames
    groups = [folding.group(frame, page.folded) for frame in frames]
    for at, frame in enumerate(frames[1:]):
        if groups[at] is None and (groups[at + 1] == folding.REFSAN
                                   or folding.is_dealloc_entry(frame)):
            return frames[at:]
    return frames


def place(stack, page):
    """The innermost frame of the user's, else of a library's; else of anyone,
    or None."""
    frames = all_from(stack, page)
    groups = [folding.group(frame, page.folded) for frame in frames]
    for is_wanted in (lambda group: group is None,
                      lambda group: group not in folding.SILENT,
                      lambda group: True):
        for frame, group in zip(frames, groups):
            if is_wanted(group):
                return frame
    return None


def name(frame):
    function = frame.get("function")
    if function and folding.is_python(frame):
        return "" if function == MODULE else function
    return names.short(function) if function else ""


def where(frame, is_short=False):
    """path:line, or module+offset where no line is known. In short, a path
    that is not below the working directory is a name. Of a frame that
    in_source() has seen."""
    file = frame.get("file")
    if file:
        path = (os.path.basename(file) if is_short and file.startswith("/")
                else file)
        return f"{path}:{frame['line']}" if frame.get("line") else path
    module = frame.get("module")
    if module and frame.get("offset"):
        return f"{os.path.basename(module)}+{frame['offset']}"
    return os.path.basename(module) if module else ""


def _call(frame, before):
    """One element of a chain. The line alone is enough in the same file as
    that of the frame it called."""
    own = name(frame)
    if own and before is not None and frame.get("file") and (
            frame["file"] == before.get("file")):
        return f"{own}:{frame.get('line')}"
    at = os.path.basename(where(frame))
    return f"{own} ({at})" if own and at else own or at


def _fold(run, is_first):
    """… 11 frames of pytest, runpy; a binding library's behind a function of
    the user's have called it: pybind11 call."""
    groups = list(dict.fromkeys(group for _, group in run))
    bindings = [group for group in groups if group in folding.BINDINGS]
    if bindings and not is_first and all(
            not folding.is_python(frame) for frame, _ in run):
        return f"{bindings[0]} call"
    words = ", ".join(groups[:3]) + (", …" if groups[3:] else "")
    return f"… {len(run)} frame{'' if len(run) == 1 else 's'} of {words}"


def _runs(frames, page):
    """The frames that are said: each alone, or lists of folded neighbours.
    The interpreter's are silent, but for the function of its API that the
    user's code called."""
    runs, called = [], None
    for frame in frames:
        group = folding.group(frame, page.folded)
        if group in folding.SILENT:
            if group == folding.INTERPRETER:
                called = frame
            continue
        if not runs and called is not None and not folding.is_dealloc_entry(
                called) and not folding.is_python(frame):
            runs.append(called)
        if group is None:
            runs.append(frame)
        elif runs and isinstance(runs[-1], list):
            runs[-1].append((frame, group))
        else:
            runs.append([(frame, group)])
    return runs or ([called] if called else [])


def chain(stack, page, place_frame):
    """["parse_row", "test_it (test_x.py:3)", "… 11 frames of pytest"]. The
    place is said elsewhere, so its frame is a name alone."""
    calls, before = [], None
    for run in _runs(all_from(stack, page), page):
        if isinstance(run, list):
            calls.append(_fold(run, not calls))
            before = None
            continue
        own = name(run)
        is_place = run == place_frame
        words = (own if own and (is_place or run.get("interpreter"))
                 else _call(run, before))
        if before is not None and own and own == name(before) and not is_place:
            # Cython has two functions for one.
            if run.get("function") == before.get("function"):
                calls[-1] = _again(calls[-1])
        elif words and (own or not is_place):
            calls.append(words)
        before = run
    if len(calls) > MOST_CALLS:
        hidden = len(calls) - MOST_CALLS + 1
        calls[MOST_CALLS - 2:-1] = [f"… {hidden} more"]
    return calls


def _again(words):
    """f ×2, ×3..."""
    own, mark, count = words.rpartition(" ×")
    return (f"{own} ×{int(count) + 1}" if mark and count.isdecimal()
            else f"{words} ×2")
