#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Checks the direction of refsan's data flow: an include points to its own
row or a row above, never below.

The table is the design. A file belongs to the row of its stem, or of the part
before the first "_": report_text.c is part of report.
"""

import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent

LAYERS = """
    check sys arch
    bug stack shadow_word options lost unwind ring refcount text json depot elf order
    thread host host_top heap memory pyframe site output plane record embedded traverse interpreter
    event announced capture live glance shadow container field loan locks unregister typeref origin lives life_short provide leak untracked
    finding detect acts checks kept
    pattern suppress symbolize visible words page fingerprint report
    runtime
    interpose
"""
RANK = {stem: rank for rank, row in enumerate(LAYERS.strip().splitlines())
        for stem in row.split()}

# They see every stage and do no work themselves.
CONDUCTORS = {"runtime/event.c", "runtime/event_field.c",
              "runtime/event_freed.c", "runtime/event_leak.c",
              "runtime/event_loan.c", "runtime/finding.c",
              "runtime/finding_death.c",
              "runtime/runtime.c"}

# A door builds events: besides what an event is made of it may say a sentence
# and start the runtime. What is a bug is not its business.
DOORS_MAY_USE = {"report", "runtime", "interpose"}

INCLUDE = re.compile(r'^\s*#\s*include\s+["<]([^">]+)[">]', re.MULTILINE)


def layer_of(path):
    """The name in the table that `path`, as it is or as it is included,
    belongs to; None for a header that is not ours."""
    parts = pathlib.PurePath(path)
    for folder in "interpose", "refcount", "embedded":
        if folder in parts.parts:
            return folder
    stem = parts.stem
    return stem if stem in RANK else stem.split("_")[0]


def sources():
    for folder in ("runtime", "runtime/refcount", "runtime/embedded",
                   "interpose"):
        yield from sorted((ROOT / folder).glob("*.[chS]"))


def resolve(source, name):
    """The path of an included header below the root; None for others."""
    for place in source.parent, ROOT / "runtime", ROOT / "interpose", ROOT:
        path = (place / name).resolve()
        if path.is_file() and path.is_relative_to(ROOT):
            return path.relative_to(ROOT).as_posix()
    return None


def complaint(source, name):
    """What is wrong with `source` including `name`, or None."""
    if name == "Python.h":
        return "Python is recognised at run time, never compiled in"
    own = source.relative_to(ROOT).as_posix()
    target = resolve(source, name)
    if target is None or target.endswith(".def") or \
            target.startswith("include/") or layer_of(target) not in RANK:
        return None
    above, here = layer_of(target), layer_of(own)
    if here == "interpose":
        is_event = RANK[above] <= RANK["event"]
        return None if is_event or above in DOORS_MAY_USE else "not for doors"
    if here == "report" and above == "shadow":
        return "what a report says is in the finding"
    if own in CONDUCTORS:
        return "the doors come later" if above == "interpose" else None
    return "points forwards" if RANK[above] > RANK[here] else None


def main():
    complaints = []
    for source in sources():
        own = source.relative_to(ROOT).as_posix()
        if layer_of(own) not in RANK:
            complaints.append(f"{own}: not in the table of scripts/layers.py")
            continue
        for name in INCLUDE.findall(source.read_text()):
            wrong = complaint(source, name)
            if wrong:
                complaints.append(f"{own}: includes {name}: {wrong}")
    print("\n".join(complaints) or "every include points backwards")
    return bool(complaints)


if __name__ == "__main__":
    sys.exit(main())
