# SPDX-License-Identifier: MIT
"""To be copied into a bug report: what was seen, with which versions, and the
report, as little as explains it. Words of the program stand in code, where
nothing of them is a link, a mention or HTML."""

import os
import re

from ... import tables
from ...listening.words import counted
from ...reporting.page import Page
from .. import views as view_words
from . import text

MOST = 20


def code(words):
    """Inline, whatever is in it."""
    words = words.replace("\n", " ")
    longest = max(map(len, re.findall("`+", words)), default=0)
    ticks = "`" * (longest + 1)
    pad = " " if words[:1] in "` " or words[-1:] in "` " else ""
    return f"{ticks}{pad}{words}{pad}{ticks}".replace("|", "\\|")


def block(words):
    longest = max(map(len, re.findall("`+", words)), default=0)
    fence = "`" * max(longest + 1, 3)
    return f"{fence}text\n{words.rstrip()}\n{fence}\n"


def write(views, inputs, out, options):
    shown = view_words.interesting(views)
    for number, view in enumerate(shown[:MOST]):
        out.write("\n" if number else "")
        write_bug(view, out, options)
    if shown[MOST:]:
        out.write(f"\n{counted(len(shown) - MOST, 'more bug')} not shown.\n")


def write_bug(view, out, options):
    report = view["report"]
    out.write(f"### {escape(view['title'])} ({escape(view['kind'])})\n\n")
    rows = [("Seen", counted(view["count"], "time")
             + (f", in {counted(len(view['tests']), 'test')}"
                if view["tests"] else "")),
            ("Python", ", ".join(map(code, view["interpreters"]))),
            ("Module", view["module"] and code(view["module"])),
            ("Found by", f"{view['source']}, read by refsan "
                         f"{tables.version()}"),
            ("Severity", f"{view['severity']}, {view['certainty']}; "
                         f"{view['exploitability']['class']}: "
                         f"{view['exploitability']['why']}"),
            ("Tests", ", ".join(code(row["name"])
                                for row in view["tests"][:5])),
            ("Fingerprint", code(view["fingerprint"]))]
    out.write("| | |\n| --- | --- |\n" + "".join(
        f"| {key} | {words} |\n" for key, words in rows if words) + "\n")
    out.write(block(text.body(view, Page(80, False, os.getcwd()))))
    modules = builds(report)
    if modules:
        out.write("\nBuilds: " + ", ".join(modules) + "\n")


def escape(words):
    """A title: no HTML, no emphasis, no mention."""
    return re.sub(r"([\\`*_{}\[\]<>#|@~&])", r"\\\1", words)


def builds(report):
    found = {}
    for stack in report["stacks"]:
        for frame in stack["frames"]:
            if frame.get("build_id") and not frame.get("interpreter"):
                found[frame["module"]] = frame["build_id"]
    return [f"{code(module.rpartition('/')[2])} {code(build)}"
            for module, build in list(found.items())[:5] if module]
