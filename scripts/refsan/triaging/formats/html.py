# SPDX-License-Identifier: MIT
"""One page that needs nothing else: no network, no server. Its policy allows
its own script and style by their hashes, and nothing more; what programs said
is data in it, and becomes text, never HTML (page.js uses textContent)."""

import base64
import hashlib
import json
import os

from ... import tables
from ...reporting import excerpt, facts, folding
from ...reporting.page import Page
from .. import timeline, views as view_words
from .as_json import input_json

HERE = os.path.dirname(os.path.abspath(__file__))
AROUND = 3  # lines of source before the one that matters
MOST_STACKS, MOST_FRAMES = 6, 40
PAGE = """<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; \
script-src '{script_hash}'; style-src '{style_hash}'; base-uri 'none'; \
form-action 'none'">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>refsan triage</title>
<style>{style}</style>
</head>
<body>
<noscript>This page shows its data with a script of its own.</noscript>
<div id="app"></div>
<script type="application/json" id="data">{data}</script>
<script>{script}</script>
</body>
</html>
"""


def read(name):
    with open(os.path.join(HERE, name), encoding="utf-8") as file:
        return file.read()


def hash_of(text):
    digest = hashlib.sha256(text.encode()).digest()
    return "sha256-" + base64.b64encode(digest).decode()


def inert(value):
    """JSON that ends no element and begins no comment."""
    return json.dumps(value, separators=(",", ":")).replace(
        "<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")


def write(views, inputs, out, _):
    script, style = read("page.js"), read("page.css")
    sources = Sources()
    data = {"version": tables.version(),
            "inputs": [input_json(source) for source in inputs],
            "bugs": [bug_json(view, sources) for view in views]}
    data["sources"] = sources.lines
    out.write(PAGE.format(
        script=script, style=style, script_hash=hash_of(script),
        style_hash=hash_of(style), data=inert(data)))


class Sources:
    """The lines around places, each once; frames say which by number."""

    def __init__(self):
        self.lines, self.known = [], {}

    def find(self, frame):
        file, line = frame.get("file"), frame.get("line")
        if not file or not line:
            return None
        key = file, line
        if key not in self.known:
            rows = (excerpt.lines_up_to(file, line, "", AROUND + 1)
                    if excerpt.line(frame) else [])
            self.known[key] = len(self.lines) if rows else None
            if rows:
                first = line - len(rows) + 1
                self.lines.append([
                    [first + at, row.rstrip("\n").expandtabs()[:200]]
                    for at, row in enumerate(rows)])
        return self.known[key]


def bug_json(view, sources):
    report = view["report"]
    place = view["place"]
    known = report["object"] or {}
    return {
        "id": view["fingerprint"], "kind": view["kind"],
        "source": view["source"], "severity": view["severity"],
        "title": view["title"], "count": view["count"],
        "score": view["score"], "rank": view["rank"],
        "certainty": view["certainty"],
        "class": view["exploitability"]["class"],
        "why": view["exploitability"]["why"],
        "module": view["module"], "new": view["is_new"],
        "where": said(place) if place else "",
        "function": place and place["function"],
        "first": view["first"], "last": view["last"],
        "tests": [[row["name"], row["count"]] for row in view["tests"]],
        "pythons": view["interpreters"], "cause": view["consequence_of"]
        if view["cause_is_here"] else None,
        "then": view["consequences"], "suppress": view["suppress"],
        "object": " ".join(filter(None, [
            f"<{known['type']}>" if known.get("type") else None,
            known.get("address")])),
        "because": facts.evidence(report), "fix": report.get("hint"),
        "threads": sorted({view_words.who(report, stack) or "unknown thread"
                           for stack in report["stacks"]}),
        "stacks": [stack_json(label, who, stack, sources)
                   for label, who, stack in list(
                       view_words.labelled(report))[:MOST_STACKS]],
        "steps": steps_json(report)}


def stack_json(label, who, stack, sources):
    frames = [*stack["frames"], *stack["python"]][:MOST_FRAMES]
    return {"label": label, "who": who,
            "frames": [frame_json(frame, sources) for frame in frames]}


def short(place):
    """function:line, where that is known."""
    if not place:
        return ""
    name, line = view_words.name_of(place), place.get("line")
    return f"{name}:{line}" if name and line else name or said(place)


def said(place):
    """Relative to the working directory, where it is below."""
    if not place.get("file"):
        return view_words.where(place)
    file = Page(80, False, os.getcwd()).path(place["file"])
    return view_words.where({**place, "file": file})


def frame_json(frame, sources):
    """[function, place, whether it is the user's, source lines]"""
    own = folding.group(frame) is None
    return [view_words.name_of(frame) or "?", said(frame), int(own),
            sources.find(frame) if own else None]


def steps_json(report):
    """[thread, what, place, before, after, sort, short place] in order."""
    rows = []
    for own in timeline.steps(report):
        place = own["place"]
        rows.append([
            facts.thread(report, own["thread"]) or "unknown thread",
            own["what"], " ".join(filter(None, [
                view_words.name_of(place), said(place)]))
            if place else "",
            own["before"], own["after"], own["sort"], short(place)])
    return rows
