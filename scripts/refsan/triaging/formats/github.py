# SPDX-License-Identifier: MIT
"""Workflow commands of GitHub Actions: annotations beside the lines. A file is
named as the repository has it only when the command runs at its root."""

import os

from ...listening.words import counted
from .. import views as view_words
from . import sarif

MOST = 50  # GitHub shows ten of each sort for a step


def data(words):
    return words.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def value(words):
    return data(words).replace(":", "%3A").replace(",", "%2C")


def write(views, inputs, out, _):
    shown = view_words.interesting(views)
    for view in shown[:MOST]:
        out.write(line(view) + "\n")
    if shown[MOST:]:
        out.write(f"::notice::{len(shown) - MOST} more bugs are not shown\n")
    for source in inputs:
        for words, count in source.problems.items():
            out.write("::notice::" + data(f"{source.name}: {words} ({count})")
                      + "\n")


def line(view):
    place, parts = view["place"] or {}, []
    if place.get("file"):
        parts.append("file=" + value(os.path.relpath(place["file"])
                                     if place["file"].startswith(os.getcwd())
                                     else place["file"]))
        if place.get("line"):
            parts.append(f"line={place['line']}")
    parts.append("title=" + value(f"{view['kind']}: {view['title']}"))
    level = view["severity"] if view["is_new"] is not False else "notice"
    words = sarif.message(view) + (
        f"\nseen {counted(view['count'], 'time')}, {view['certainty']}, "
        f"fingerprint {view['fingerprint']}")
    return f"::{level} {','.join(parts)}::{data(words)}"
