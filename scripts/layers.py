#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Checks the direction of refsan's data flow.

The table of rooms is the design: a file of runtime/ may use its own room and
the rooms above it, never one below. "Use" is to include a header, and to call
a function: includes are read from the sources, calls from the object files
with nm (REFSAN_OBJECTS names their folder; without it, or when it is empty,
only includes are checked, and that is said).

  layers.py           check; the exit status is 1 when something points forwards
  layers.py --rooms   print the rooms and what each is for
"""

import os
import pathlib
import re
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent

# What each is for stands in the first line of its README.md.
ROOMS = ["os", "base", "refcount", "host", "stack", "event", "thread",
         "shadow", "track", "leak", "detect", "report"]
# They see every stage and do no work themselves: the files on top of runtime/.
CONDUCTORS = "conductors"
DOORS = "interpose"
# Programs of their own on top of refcount/.
EMBEDDED = "embedded"
RANK = {room: rank for rank, room in enumerate([*ROOMS, CONDUCTORS, DOORS])}

# Narrower than the table: files that match may use these rooms only.
NARROW = [
    # A detector is a function from data to a verdict.
    (r"detect/check_\w+\.c", {"base", "refcount", "event", "detect"}),
    # What a report says is in the finding.
    (r"report/report_(text|json)\.c",
     {"os", "base", "refcount", "host", "stack", "event", "detect",
      "report"}),
    (r"embedded/.*", {"os", "base", "refcount", EMBEDDED}),
]

# A door builds events; what is a bug is not its business. (It may say a
# sentence by report/, and start the runtime.)
DOORS_MAY_NOT_USE = {"detect"}

# (file, room it may use all the same): the reason.
EXEMPT = {}

INCLUDE = re.compile(r'^\s*#\s*include\s+["<]([^">]+)[">]', re.MULTILINE)
SYMBOL = re.compile(r"^(?:[0-9a-f]+)?\s+([A-Za-z])\s+(rs_\w+)$", re.MULTILINE)


def room_of(path):
    """The room of a path below the root; None where the table has none."""
    parts = pathlib.PurePath(path).parts
    if parts[0] == "interpose":
        return DOORS
    if parts[0] != "runtime":
        return None
    return parts[1] if len(parts) > 2 else CONDUCTORS


def sources():
    for folder in "runtime", "interpose":
        yield from sorted((ROOT / folder).rglob("*.[chS]"))


def resolve(source, name):
    """The path of an included header below the root; None for others."""
    for place in source.parent, ROOT / "runtime", ROOT:
        path = (place / name).resolve()
        if path.is_file() and path.is_relative_to(ROOT):
            return path.relative_to(ROOT).as_posix()
    return None


def complaint(own, room):
    """What is wrong with the file `own` using `room`, or None."""
    here = room_of(own)
    inside = own.removeprefix("runtime/")
    if room == here or (own, room) in EXEMPT:
        return None
    for pattern, allowed in NARROW:
        if re.fullmatch(pattern, inside):
            return None if room in allowed else f"{room}/ is not for it"
    if here == DOORS:
        return "not for doors" if room in DOORS_MAY_NOT_USE else None
    return "points forwards" if RANK[room] > RANK[here] else None


def include_complaints():
    for source in sources():
        own = source.relative_to(ROOT).as_posix()
        if room_of(own) not in RANK and room_of(own) != EMBEDDED:
            yield f"{own}: its folder is no room of scripts/layers.py"
            continue
        for name in INCLUDE.findall(source.read_text()):
            if name == "Python.h":
                yield (f"{own}: Python is recognised at run time, never "
                       "compiled in")
            target = resolve(source, name)
            if target is None or target.endswith(".def"):
                continue
            room = room_of(target)
            wrong = complaint(own, room) if room else None
            if wrong:
                yield f"{own}: includes {name}: {wrong}"


def objects(folder):
    """{source below the root: its object file}"""
    found = {}
    for path in sorted(pathlib.Path(folder).rglob("*.c.o")):
        source = path.relative_to(folder).as_posix().removesuffix(".o")
        if (ROOT / source).is_file():
            found[source] = path
    return found


def call_complaints(folder):
    used, defined = {}, {}
    for source, path in objects(folder).items():
        names = subprocess.run(["nm", str(path)], text=True, check=True,
                               capture_output=True).stdout
        for kind, name in SYMBOL.findall(names):
            if kind == "U":
                used.setdefault(source, []).append(name)
            elif kind.isupper():
                defined[name] = source
    for source, names in used.items():
        for name in names:
            target = defined.get(name)
            wrong = target and complaint(source, room_of(target))
            if wrong:
                yield f"{source}: calls {name} of {target}: {wrong}"


def stale_exemptions():
    for (own, room), reason in EXEMPT.items():
        if not (ROOT / own).is_file():
            yield f"exemption for {own}: there is no such file"
        if not reason:
            yield f"exemption for {own}: no reason beside it"


def purpose(room):
    first = (ROOT / "runtime" / room / "README.md").read_text().splitlines()[0]
    return first.partition(": ")[2]


def missing_rooms():
    """The list for readers is made of the same words."""
    listed = (ROOT / "runtime/README.md").read_text()
    for room in ROOMS:
        if not purpose(room):
            yield f"runtime/{room}/README.md: its first line says no purpose"
        elif f"| [{room}]({room}/) | {purpose(room)} |" not in listed:
            yield f"runtime/README.md: no row for {room}, or another purpose"


def main(arguments):
    if arguments == ["--rooms"]:
        for room in ROOMS:
            print(f"{room + '/':11}{purpose(room)}")
        return 0
    if arguments:
        sys.exit("layers.py: see the comment at its top")
    complaints = [*include_complaints(), *stale_exemptions(),
                  *missing_rooms()]
    folder = os.environ.get("REFSAN_OBJECTS", "")
    checked = "every include"
    if folder and objects(folder):
        complaints += call_complaints(folder)
        checked += " and every call"
    print("\n".join(complaints) or f"{checked} points backwards")
    return bool(complaints)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
