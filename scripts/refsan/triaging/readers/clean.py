# SPDX-License-Identifier: MIT
"""Reports as the rest may rely on them: every member there and of its type,
every string harmless. Whoever wrote the file may mean harm, and other versions
have other members."""

from ... import foreign, tables

MOST_STACKS, MOST_FRAMES, MOST_ROWS = 32, 256, 256
LONGEST = 2000  # characters of a string
BIGGEST = 1 << 63


def text(value, default=None):
    if not isinstance(value, str):
        return default
    if not value.isascii():
        value = value.encode(errors="replace").decode()
    return foreign.line(value[:LONGEST])


def number(value):
    return (value if isinstance(value, int) and not isinstance(value, bool)
            and -BIGGEST <= value < BIGGEST else None)


def rows(value, most):
    return ([row for row in value if isinstance(row, dict)][:most]
            if isinstance(value, list) else [])


def frame(row, is_native):
    clean = {"function": text(row.get("function")),
             "file": text(row.get("file")), "line": number(row.get("line"))}
    if is_native:
        clean |= {name: text(row.get(name)) for name in
                  ("module", "build_id", "offset", "address")}
        clean |= {name: True for name in ("interpreter", "inlined")
                  if row.get(name)}
    return clean


def stack(row):
    return {"role": text(row.get("role"), "act"),
            "thread": number(row.get("thread")),
            "op": text(row.get("op"), ""),
            "frames": [frame(own, True)
                       for own in rows(row.get("frames"), MOST_FRAMES)],
            "python": [frame(own, False)
                       for own in rows(row.get("python"), MOST_FRAMES)]}


def act(row):
    site = row.get("site")
    return {"thread": number(row.get("thread")), "op": text(row.get("op"), ""),
            "site": frame(site, True) if isinstance(site, dict) else None,
            "count_before": number(row.get("count_before")),
            "count_after": number(row.get("count_after")),
            **({"skipped": True} if row.get("skipped") else {})}


def thread(row):
    return {"id": number(row.get("id")) or 0, "name": text(row.get("name")),
            "created_by": number(row.get("created_by")),
            "tid": number(row.get("tid")), "ended": bool(row.get("ended"))}


def counts(row):
    if not isinstance(row, dict) or number(row.get("total")) is None:
        return None
    return {"total": number(row["total"]),
            "immortal": bool(row.get("immortal")),
            **{name: number(row[name]) for name in ("local", "shared")
               if number(row.get(name)) is not None}}


def thing(row):
    """The object."""
    if not isinstance(row, dict) or not isinstance(row.get("address"), str):
        return None
    return {"address": text(row["address"]), "type": text(row.get("type")),
            "state": text(row.get("state"), "unknown"),
            "marks": [text(mark) for mark in row.get("marks") or []
                      if isinstance(mark, str)]
            if isinstance(row.get("marks"), list) else [],
            "owner": number(row.get("owner")),
            "creator": number(row.get("creator")),
            "counts": counts(row.get("counts")),
            "interpreter": number(row.get("interpreter")),
            "generation": number(row.get("generation"))}


def severity(value, kind):
    if value in ("error", "warning"):
        return value
    known = tables.kinds().get(kind)
    return known.severity.lower() if known else "error"


def report(row, source):
    """From anything that says its kind."""
    kind = text(row.get("kind"), "")[:80] or "unknown"
    clean = {"source": source, "kind": kind,
             "severity": severity(row.get("severity"), kind),
             "title": text(row.get("summary") or row.get("title"), kind),
             "fingerprint": text(row.get("fingerprint")),
             "pid": number(row.get("pid")),
             "stacks": [stack(own)
                        for own in rows(row.get("stacks"), MOST_STACKS)],
             "history": [act(own)
                         for own in rows(row.get("history"), MOST_ROWS)],
             "threads": [thread(own)
                         for own in rows(row.get("threads"), MOST_ROWS)],
             "object": thing(row.get("object")),
             "evidence": [text(word) for word in row.get("evidence") or []
                          if isinstance(word, str)]
             if isinstance(row.get("evidence"), list) else []}
    for name in ("host", "test", "tier", "hint", "suppress", "follows"):
        if isinstance(row.get(name), str):
            clean[name] = text(row[name])
    for name in ("leaked", "held"):
        if number(row.get(name)) is not None:
            clean[name] = number(row[name])
    for name in ("cut", "skipped", "gil"):
        if isinstance(row.get(name), bool):
            clean[name] = row[name]
    for name in ("crash", "hang"):
        if isinstance(row.get(name), dict):
            clean["crash"] = crash(row[name])
    return clean


def crash(row):
    clean = {name: text(row.get(name))
             for name in ("signal", "address", "reason")}
    if isinstance(row.get("cause"), dict):
        clean["cause"] = {name: text(row["cause"].get(name)) for name in (
            "bug", "object", "type", "state")}
    registers = row.get("registers")
    clean["registers"] = {text(name): text(value) for name, value in
                          registers.items() if isinstance(value, str)
                          } if isinstance(registers, dict) else {}
    clean["pointers"] = [
        {name: text(own.get(name)) for name in ("in", "value", "type",
                                                "state")}
        for own in rows(row.get("pointers"), MOST_ROWS)]
    clean["threads"] = [{**stack(own), "role": "meanwhile",
                         "name": text(own.get("name")),
                         "others": number(own.get("others")) or 0}
                        for own in rows(row.get("threads"), MOST_STACKS)]
    return clean
