# SPDX-License-Identifier: MIT
"""JUnit XML: a test case for each bug. It failed, unless it is known already
or only a consequence: then it was skipped."""

import io
import os
import re
import xml.sax.saxutils

from ...reporting.page import Page
from . import text

FORBIDDEN = re.compile("[^\t\n\r -\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def clean(words):
    return FORBIDDEN.sub("\N{REPLACEMENT CHARACTER}", words or "")


def quote(words):
    return xml.sax.saxutils.quoteattr(clean(words))


def write(views, inputs, out, options):
    failed = sum(not why_skipped(view) for view in views)
    out.write('<?xml version="1.0" encoding="UTF-8"?>\n'
              f'<testsuites name="refsan" tests="{len(views)}" '
              f'failures="{failed}">\n'
              f'<testsuite name="refsan triage" tests="{len(views)}" '
              f'failures="{failed}" errors="0" '
              f'skipped="{len(views) - failed}">\n')
    for view in views:
        write_case(view, out, options)
    problems = [f"{source.name}: {words} ({count})" for source in inputs
                for words, count in source.problems.items()]
    if problems:
        out.write("<system-err>" + xml.sax.saxutils.escape(
            clean("\n".join(problems))) + "</system-err>\n")
    out.write("</testsuite>\n</testsuites>\n")


def why_skipped(view):
    if view["is_new"] is False:
        return "known: it is in the baseline"
    if view["consequence_of"] and view["cause_is_here"]:
        return f"a consequence of {view['consequence_of']}"
    return None


def write_case(view, out, options):
    place = view["place"] or {}
    out.write(f"<testcase name={quote(view['kind'] + ' ' + view['fingerprint'])}"
              f" classname={quote(view['module'] or 'unknown')}")
    if place.get("file"):
        out.write(f" file={quote(place['file'])}")
        if place.get("line"):
            out.write(f' line="{place["line"]}"')
    out.write(">\n")
    skipped = why_skipped(view)
    if skipped:
        out.write(f"<skipped message={quote(skipped)}/>\n")
    else:
        out.write(f"<failure type={quote(view['kind'])} "
                  f"message={quote(view['title'])}>"
                  + xml.sax.saxutils.escape(clean(words_of(view, options)))
                  + "</failure>\n")
    out.write("</testcase>\n")


def words_of(view, options):
    """The short report, without colours."""
    page = Page(80, False, os.getcwd())
    lines = io.StringIO()
    lines.write(text.body(view, page))
    for parts in text.after(view, {}, page, options):
        lines.write(page.paint(parts) + "\n")
    return lines.getvalue()
