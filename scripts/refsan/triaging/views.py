# SPDX-License-Identifier: MIT
"""A bug as it is shown: what all formats are made of, and what
docs/triage.schema.json describes."""

import os

from ..listening.modules import import_name
from ..reporting import facts, folding, frames, names
from . import severity, skipping

SCHEMA = 1
NEAR = 8  # frames of the act in which the module is looked for


class View(dict):
    """With `report`, which is read from where it is kept each time: of many
    bugs they are more than fits into memory."""
    __slots__ = "bugs", "bug"

    def __missing__(self, name):
        if name != "report":
            raise KeyError(name)
        return self.bugs.report(self.bug)


def make_all(bugs, baseline=None):
    """The views, the worst first; as long as `bugs` is open."""
    known = {bug.fingerprint for bug in bugs.all()}
    views = [make(bugs, bug, known) for bug in bugs.all()]
    views.sort(key=lambda view: (-view["score"], -view["count"],
                                 view["kind"], view["fingerprint"]))
    consequences = {}
    for rank, view in enumerate(views, 1):
        view["rank"] = rank
        if baseline is not None:
            view["is_new"] = baseline.is_new(view)
        if view["consequence_of"]:
            consequences.setdefault(view["consequence_of"], []).append(
                view["fingerprint"])
    for view in views:
        view["consequences"] = consequences.get(view["fingerprint"], [])
    return views


def make(bugs, bug, known=()):
    report = bugs.report(bug)
    cause = bug.follows if bug.is_consequence else None
    place = place_of(report)
    tests = sorted(bug.tests.items(), key=lambda row: (-row[1], row[0]))
    view = View({
        "fingerprint": bug.fingerprint, "kind": bug.kind,
        "source": bug.source, "severity": report["severity"],
        "title": facts.headline(report), "summary": report["title"],
        "rank": 0, "score": severity.score(report, cause is not None),
        "certainty": severity.certainty(report),
        "exploitability": severity.exploitability(bug.kind),
        "count": bug.count, "first": bug.first.json(),
        "last": bug.last.json(),
        "files": [{"name": name, "count": count}
                  for name, count in bug.files.items()],
        "tests": [{"name": name, "count": count} for name, count in tests],
        "interpreters": list(bug.interpreters),
        "consequence_of": cause, "cause_is_here": cause in known,
        "consequences": [], "following": bug.following, "is_new": None,
        "module": module_of(report), "place": place and spot(place),
        "suppress": suppression(report, place)})
    view.bugs, view.bug = bugs, bug
    return view


def place_of(report):
    """The innermost frame of the user's in the act, else in what follows."""
    best = None
    for stack in report["stacks"][:2]:
        for frame in skipping.telling(stack, 1):
            own = skipping.kind(frame)
            if best is None or own < best[0]:
                best = own, frame
    return best and best[1]


def spot(frame):
    return {"function": name_of(frame), "file": frame.get("file"),
            "line": frame.get("line"), "module": frame.get("module"),
            "offset": frame.get("offset")}


def name_of(frame):
    function = frame.get("function")
    if function and not folding.is_python(frame):
        return names.short(function)
    return function


def where(place):
    """path:line, or module+offset."""
    return frames.where(place) if place else ""


def module_of(report):
    """As it is imported, by the innermost frame of an extension; else the
    folder or file that the frame names."""
    for stack in report["stacks"][:2]:
        for frame in skipping.telling(stack, NEAR):
            path = frame.get("module") or ""
            if ".so" in path:
                return import_name(path)
    place = place_of(report)
    file = place and (place.get("module") or place.get("file"))
    return os.path.basename(file) if file else None


def suppression(report, place):
    """Of refsan's own; as the tool that found it wants it."""
    if report.get("suppress"):
        return report["suppress"]
    function = place and place.get("function")
    if not function:
        return None
    tool = report["source"]
    if tool == "tsan":
        sort = "deadlock" if "lock" in report["kind"] else "race"
        return f"{sort}:{function}"
    if tool == "lsan":
        return f"leak:{function}"
    return None


def labelled(report):
    """(what a stack shows, who, the stack) of all."""
    for stack in report["stacks"]:
        yield facts.label(stack), who(report, stack), stack


def who(report, stack):
    return facts.thread(report, stack["thread"])


def interesting(views):
    """Those that stand for themselves."""
    return [view for view in views
            if not (view["consequence_of"] and view["cause_is_here"])]
