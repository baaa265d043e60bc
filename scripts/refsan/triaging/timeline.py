# SPDX-License-Identifier: MIT
"""One object's life as a trace that Perfetto and Chrome (chrome://tracing)
read: a track for each thread, an event for each operation. Reports have an
order, not times: each operation is a microsecond behind the one before."""

import json

from .. import tables
from ..mistake import Mistake
from ..reporting import facts
from . import views as view_words



def find(views, name):
    """By fingerprint, or its beginning; else by an object's address."""
    found = [view for view in views if view["fingerprint"].startswith(name)]
    if not found:
        found = [view for view in views
                 if (view["report"]["object"] or {}).get("address") == name]
    if not found:
        raise Mistake(f"no bug and no object {name} in what was read")
    if len({view["fingerprint"] for view in found}) > 1 and not any(
            view["report"]["object"] and
            view["report"]["object"]["address"] == name for view in found):
        raise Mistake(f"{name} is the beginning of several fingerprints")
    return found


def steps(report):
    """(thread, words, place, arguments) in order: the birth, the history, and
    at the end what was reported."""
    births = [row(report, stack) for stack in report["stacks"][1:]
              if stack["role"] == "birth"]
    shown = [act(own) for own in report["history"]]
    others = [stack for stack in report["stacks"][1:]
              if stack["role"] != "birth"]
    for stack, sort in [*((stack, stack["role"]) for stack in others),
                        *((stack, "finding") for stack in report["stacks"][:1])]:
        own = {**row(report, stack), "sort": sort}
        same = next((known for known in reversed(shown)
                     if is_same(known, own)), None)
        if same is None:
            shown.append(own)
        else:
            same |= {"sort": sort, "what": own["what"]}
    return births + shown


def act(own):
    """Of the history. What was skipped changed no count."""
    what = tables.events().get(own["op"], own["op"])
    is_done = not own.get("skipped")
    return {"thread": own["thread"], "place": own["site"], "sort": "history",
            "what": what if is_done else f"{what}, skipped",
            "before": own["count_before"] if is_done else None,
            "after": own["count_after"] if is_done else None}


def is_same(known, own):
    """Is it in the history, too?"""
    return (known["sort"] == "history" and known["thread"] == own["thread"]
            and bool(own["place"]) and spot(known) == spot(own))


def spot(own):
    place = own["place"] or {}
    return place.get("file"), place.get("line"), place.get("function")


def row(report, stack):
    place = view_words.place_of({**report, "stacks": [stack]})
    return {"thread": stack["thread"], "what": facts.label(stack),
            "place": place, "before": None, "after": None,
            "sort": stack["role"]}


def write(views, name, out):
    events = []
    for number, view in enumerate(find(views, name), 1):
        events += trace(view, number)
    json.dump({"traceEvents": events, "displayTimeUnit": "ns",
               "otherData": {"note": "times are the order of operations, not "
                                     "a clock's"}},
              out, indent=1, ensure_ascii=False)
    out.write("\n")


def trace(view, process):
    report = view["report"]
    known = report["object"] or {}
    yield {"ph": "M", "pid": process, "tid": 0, "name": "process_name",
           "args": {"name": f"{view['kind']} {known.get('type') or 'object'} "
                            f"{known.get('address') or ''}".strip()}}
    rows = steps(report)
    for thread in dict.fromkeys(own["thread"] for own in rows):
        yield {"ph": "M", "pid": process, "tid": thread or 0,
               "name": "thread_name", "args": {"name": facts.thread(
                   report, thread)
                   or "unknown thread"}}
    for order, own in enumerate(rows):
        place = own["place"] and view_words.spot(own["place"])
        yield {"ph": "X", "pid": process, "tid": own["thread"] or 0,
               "ts": order, "dur": 0.9, "name": own["what"],
               "cat": own["sort"],
               "args": {"place": view_words.where(place) if place else None,
                        "function": place and place["function"],
                        "count_before": own["before"],
                        "count_after": own["after"]}}
        if own["after"] is not None:
            yield {"ph": "C", "pid": process, "tid": 0, "ts": order,
                   "name": "reference count",
                   "args": {"count": own["after"]}}
