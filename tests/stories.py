# SPDX-License-Identifier: MIT
"""The short report of a test program: made of the finding of a run, and
compared with the one in the program's comment."""

import json
import re

import expectation

from refsan.reporting import page, story

FOLDERS = re.compile(r"(?<!\S)/\S*/(?=[^/\s:]+:\d+)")  # of a place's file
SCRIPT = re.compile(r'(?<=")[^"]*/(?=run\.py")')
ADDRESS, NONE = "0x7f1234567890", "0x0"  # of every object, and of none


def render(block, path):
    """Of the first finding of the program's kind among these; None without
    one. Addresses and the script's folder differ in length, and lines would
    break elsewhere."""
    kind = block.title.partition(":")[0]
    if not path.exists():
        return None
    for line in path.read_text(errors="replace").splitlines():
        finding = json.loads(SCRIPT.sub("", line))
        if finding["kind"] == kind:
            if finding["object"]["address"] != NONE:
                finding["object"]["address"] = ADDRESS
            return story.story(finding, page.Page(cwd=str(block.path.parent)))
    return None


def lines(text):
    """Without folders and what aligns numbers of lines."""
    return [re.sub(r"^ +(?=\d+ \| )", "    ", FOLDERS.sub("", line))
            for line in text.strip("\n").splitlines()]


def compare(wanted, text, marks):
    """None when the lines are those of `wanted`; else the complaint."""
    wanted = wanted.splitlines()
    count, is_whole = expectation.match_from(
        expectation.patterns(wanted, marks),
        [(line,) for line in lines(text)], 0)
    return None if is_whole else (
        f"story: {expectation.complaint(wanted, count)}")
