# SPDX-License-Identifier: MIT
"""The bugs of a run as a table; one row for each, or for a family of them."""

import collections

from ..reporting.page import columns, cut, wrap
from .words import counted

HEADS = "times", "kind", "place", "first test", "tier"
MOST_PLACES = 40  # of a family; --jsonl has all


def lines(bugs, processes, page):
    """Nothing where the reports themselves have said it all."""
    count(bugs, processes)
    found = sum(getattr(process, name) for process in processes
                for name in process.bugs)
    rows = [row for family in bugs.families.values() if family.bugs
            for row in rows_of(family)]
    if not rows or found <= 1:
        return
    yield ""
    yield (f"refsan: {counted(len(bugs.all()), 'bug')}, "
           f"{counted(found, 'occurrence')}, in "
           f"{counted(len(processes), 'process', 'es')}:")
    yield from layout([HEADS, *(cells for cells, _ in rows)], page,
                      [(), *(more for _, more in rows)])


def count(bugs, processes):
    """How often each was found: as processes say at their end, else as often
    as it was reported; repeats that were not are of a process's only bug, or
    of any."""
    for process in processes:
        times = collections.Counter(
            bug for reports in process.bugs.values() for bug in reports
            if bug)
        for row in process.findings:
            bug = bugs.find(row["kind"], row["fingerprint"])
            if bug:
                times[bug] = max(times[bug], row["count"])
        for name in process.bugs if not process.findings else ():
            more, own = process.repeats(name)
            for bug in own if more else ():
                times[bug] += more if len(own) == 1 else 0
                bug.has_more |= len(own) > 1
        for bug, more in times.items():
            bug.times += more


def rows_of(family):
    """((cells), places that are listed below them)"""
    if len(family.bugs) <= family.limit:
        return [(cells([bug], bug.place), followed(bug))
                for bug in family.bugs]
    package = family.bugs[0].package
    where = counted(len(family.bugs), "place") + (
        f" of {package}" if package else "")
    return [(cells(family.bugs, where),
             list(dict.fromkeys(bug.place for bug in family.bugs)))]


def followed(bug):
    """What came of it is no bug of its own."""
    return [f"then {kind}" + (f" {times} times" if times > 1 else "")
            for kind, times in bug.consequences.items()]


def cells(bugs, place):
    times = sum(bug.times for bug in bugs)
    more = "+" if any(bug.has_more for bug in bugs) else ""
    tests = [bug.test for bug in bugs if bug.test]
    tiers = dict.fromkeys(bug.tier for bug in bugs if bug.tier)
    return (f"{times}{more}", bugs[0].kind, place, tests[0] if tests else "",
            ", ".join(tiers))


def layout(rows, page, below):
    """Columns as wide as they need to be; places and tests give way, and lose
    their beginning, where the page is too narrow."""
    widths = [max(columns(row[at]) for row in rows) for at in range(5)]
    if not any(row[3] for row in rows[1:]):
        widths[3] = 0
    room = page.width - 2 - sum(widths[at] for at in (0, 1, 4)) - 8
    if widths[2] + widths[3] > room:
        widths[3] = min(widths[3], max(room - widths[2], room // 2, 0))
        widths[2] = max(room - widths[3], 8)
    for row, more in zip(rows, below):
        words = [f"{row[0]:>{widths[0]}}", pad(row[1], widths[1])]
        words += [pad(tail(row[at], widths[at]), widths[at])
                  for at in (2, 3) if widths[at]]
        yield "  " + "  ".join([*words, row[4]]).rstrip()
        yield from places(list(more), page, widths[0] + 4)


def pad(text, width):
    return text + " " * (width - columns(text))


def tail(text, width):
    """The end of it, which says most of a path."""
    if columns(text) <= width:
        return text
    return "…" + cut(text[::-1], width)[::-1].lstrip("…")


def places(found, page, indent):
    more = len(found) - MOST_PLACES
    if more > 0:
        found[MOST_PLACES:] = [f"{more} more (--jsonl lists all)"]
    if found:
        for line in wrap(", ".join(found), page.width - indent):
            yield " " * indent + line
