# SPDX-License-Identifier: MIT
"""An object's last operations as a short table, where they add something to
the acts of a report."""

from .. import tables
from . import facts, frames
from .page import columns, cut

MOST = 6


def lines(finding, shown, page, key_columns):
    """`shown` are the stacks whose places are said already."""
    acts = [{**act, "site": act.get("site") and frames.in_source(
        act["site"], page)} for act in finding.get("history") or []]
    said = {place for stack in shown
            for place in [_spot(frames.place(stack, page))] if place}
    if all(_spot(act.get("site")) in said or not act.get("site")
           for act in acts):
        return []
    file = shown and (frames.place(shown[0], page) or {}).get("file")
    rows = [row(act, times, file, facts.thread(finding, act["thread"]))
            for act, times in merged(acts)[-MOST:]]
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


def merged(acts):
    """[[act, times]]: neighbours that do the same, to the same object, at the
    same place."""
    rows = []
    for act in acts:
        same = rows and all(
            rows[-1][0].get(key) == act.get(key)
            for key in ("thread", "op", "object", "site", "count_before",
                        "count_after"))
        if same:
            rows[-1][1] += 1
        else:
            rows.append([act, 1])
    return rows


def row(act, times, file, who):
    """Of a place in `file`, which the first line names, function and line."""
    before, after = act.get("count_before"), act.get("count_after")
    counts = ("skipped" if act.get("skipped") else
              "" if before is None and after is None else
              f"{'?' if before is None else before} -> "
              f"{'?' if after is None else after}")
    place = _place(act.get("site") or {}, file)
    return (who.removesuffix(" (ended)"),
            tables.events().get(act["op"], act["op"]), counts,
            place + (f" ({times} times)" if times > 1 else ""))


def _place(site, file):
    """Nothing of a place that is not known."""
    own = frames.name(site)
    if own and site.get("file") and site["file"] == file:
        return f"{own}:{site.get('line')}"
    return " ".join(filter(None, [own, frames.where(site, is_short=True)]))
