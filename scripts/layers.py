#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Checks the direction of refsan's data flow.

The table of rooms is the design: a file of runtime/ may use its own room and
the rooms above it, never one below. "Use" is to include a header, and to call
a function: includes are read from the sources, calls from the object files
with nm (REFSAN_OBJECTS names their folders; without it, or when they are empty,
only includes are checked, and that is said).

Files may use each other in a circle only where CIRCLES says why; a header and
its source count as one file.

  layers.py           check; the exit status is 1 when something points
                      forwards, or in a circle
  layers.py --rooms   print the rooms and what each is for
"""

import os
import pathlib
import re
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent

# What each is for stands in the first line of its README.md.
ROOMS = ["os", "base", "refcount", "host", "stack", "event", "order", "thread",
         "shadow", "track", "leak", "detect", "report", "crash"]
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

# (folder, its files that are a circle, without endings): the reason. A smaller
# circle of them is as good.
CIRCLES = {
    ("runtime/os", "sys_linux sys_maps"):
        "two halves of sys.h",
    ("runtime/host", "host cpython embedded layout top_frame"):
        "host.h asks, those who answer know what it is that they answer for",
    ("runtime/thread", "happens_before lock_clocks vector_clock"):
        "types and their first user",
    ("runtime/shadow", "record record_facts record_private"):
        "an entry's words, and those who read and write them",
    ("runtime/shadow", "shadow shadow_private"):
        "what the two halves of shadow.h share",
    ("runtime/report", "complete complete_death"):
        "a death is a part of what is completed",
    ("runtime/report",
     "causes fingerprint report report_json report_process report_summary "
     "report_text sheet"):
        "report.h is what the formats look like to others, too",
    ("runtime", "pipeline pipeline_lent pipeline_order pipeline_parts"):
        "what the ways into the pipeline share",
    ("runtime/leak", "allocator allocator_mimalloc"):
        "one of the allocators that allocator.h chooses from",
    ("interpose", "hooks hooks_by_hand hooks_locks hooks_types"):
        "the bodies of one list, symbols.def; each needs the originals",
    ("runtime/embedded", "audit heap"):
        "the audit reads the heap's lists, the heap asks to be audited",
}

# Who may ask which version of CPython it is; others ask host.h.
VERSIONED = r"runtime/(host/.*|embedded/.*|report/names\.c)"

INCLUDE = re.compile(r'^\s*#\s*include\s+["<]([^">]+)[">]', re.MULTILINE)
VERSION = re.compile(r"\bhost->version\b")
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


def version_complaints():
    for source in sources():
        own = source.relative_to(ROOT).as_posix()
        if (VERSION.search(source.read_text())
                and not re.fullmatch(VERSIONED, own)):
            yield f"{own}: asks for the version; host.h has better questions"


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


def objects(folders):
    """{source below the root: its object file}"""
    found = {}
    for folder in folders.split(os.pathsep):
        for path in sorted(pathlib.Path(folder).rglob("*.c.o")):
            source = path.relative_to(folder).as_posix().removesuffix(".o")
            if (ROOT / source).is_file():
                found.setdefault(source, path)
    return found


def calls(folders):
    """(source, name, source that defines it) of every call between sources"""
    used, defined = {}, {}
    for source, path in objects(folders).items():
        names = subprocess.run(["nm", str(path)], text=True, check=True,
                               capture_output=True).stdout
        for kind, name in SYMBOL.findall(names):
            if kind == "U":
                used.setdefault(source, []).append(name)
            elif kind.isupper():
                defined[name] = source
    return [(source, name, defined[name]) for source, names in used.items()
            for name in names if name in defined]


def call_complaints(found):
    for source, name, target in found:
        wrong = complaint(source, room_of(target))
        if wrong:
            yield f"{source}: calls {name} of {target}: {wrong}"


def uses(found):
    """{file: the files it uses}, without endings; `found` from calls()."""
    graph = {}
    pairs = [(source, target) for source, _, target in found]
    for source in sources():
        own = source.relative_to(ROOT).as_posix()
        targets = [resolve(source, name)
                   for name in INCLUDE.findall(source.read_text())]
        pairs += [(own, target) for target in targets
                  if target and not target.endswith(".def")]
    for own, target in pairs:
        own, target = (name.rpartition(".")[0] for name in (own, target))
        if own != target:
            graph.setdefault(own, set()).add(target)
    return graph


def circles(graph):
    """The sets of files that reach each other (Tarjan), largest first."""
    order, low, path, found = {}, {}, [], []

    def visit(node):
        order[node] = low[node] = len(order)
        path.append(node)
        for target in sorted(graph.get(node, ())):
            if target not in order:
                visit(target)
            if target in path:
                low[node] = min(low[node], low[target])
        if low[node] == order[node]:
            at = path.index(node)
            if len(path) - at > 1:
                found.append(frozenset(path[at:]))
            del path[at:]

    for node in sorted(graph):
        if node not in order:
            visit(node)
    return sorted(found, key=len, reverse=True)


def circle_complaints(found):
    allowed = [{f"{folder}/{name}" for name in names.split()}
               for folder, names in CIRCLES]
    for circle in found:
        if not any(circle <= known for known in allowed):
            yield "in a circle: " + ", ".join(sorted(circle))
    for known in allowed:
        if not any(circle <= known for circle in found):
            yield "no longer a circle: " + ", ".join(sorted(known))


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
    complaints = [*include_complaints(), *version_complaints(),
                  *stale_exemptions(), *missing_rooms()]
    folders = os.environ.get("REFSAN_OBJECTS")
    checked, found = "every include", []
    if folders and objects(folders):
        found = calls(folders)
        complaints += call_complaints(found)
        checked += " and every call"
    in_circles = circles(uses(found))
    if found:
        complaints += circle_complaints(in_circles)
    print("\n".join(complaints) or f"{checked} points backwards")
    print("circles:", len(in_circles), "the largest:",
          max(map(len, in_circles), default=0), "files")
    return bool(complaints)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
