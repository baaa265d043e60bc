# SPDX-License-Identifier: MIT
"""An object's last operations as a short table, where they add something to
the acts of a report."""

import os

from .. import tables
from . import frames
from .page import columns, cut

MOST = 6


def lines(finding, shown, page, key_columns):
    """`shown` are the stacks whose places are said already."""
    acts = finding.get("history") or []
    said = {place for stack in shown
            for place in [_spot(frames.place(stack, page))] if place}
    if all(_spot(act.get("site")) in said or not act.get("site")
           for act in acts):
        return []
    rows = [_row(act) for act in _merged(acts)[-MOST:]]
    widths = [max(map(columns, column)) for column in zip(*rows)]
    return [[("weak", f"  {'history' if not at else '':<{key_columns}}"),
             ("plain", cut(_line(row, widths), page.width - 2 - key_columns))]
            for at, row in enumerate(rows)]


def _line(row, widths):
    return "  ".join(cell + " " * (width - columns(cell))
                     for cell, width in zip(row, widths)).rstrip()


def _spot(frame):
    return frame and (frame.get("file") or frame.get("module"),
                      frame.get("line") or frame.get("offset"))


def _merged(acts):
    """[[act, times]]: neighbours that do the same at the same place."""
    merged = []
    for act in acts:
        same = merged and all(
            merged[-1][0].get(key) == act.get(key)
            for key in ("thread", "op", "site", "count_before", "count_after"))
        if same:
            merged[-1][1] += 1
        else:
            merged.append([act, 1])
    return merged


def _row(pair):
    act, times = pair
    before, after = act.get("count_before"), act.get("count_after")
    counts = ("" if before is None and after is None else
              f"{'?' if before is None else before} -> "
              f"{'?' if after is None else after}")
    site = act.get("site") or {}
    file, line = site.get("file"), site.get("line")
    at = (f"{os.path.basename(file)}:{line}" if file else
          frames.where(site, None, is_short=True))
    return (f"T{act['thread']}" if act.get("thread") else "",
            tables.events().get(act["op"], act["op"]), counts,
            " ".join(filter(None, [frames.name(site) if site else "", at]))
            + (f" ({times} times)" if times > 1 else ""))
