#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""The examples of each kind of bug: programs of tests/bugs, without what makes
them tests.

  scripts/examples.py FILE   write the plainest of each kind as JSON, for
                             `refsan explain`; the build does

FILE maps a kind's slug to `about` (paragraphs), `like` (public threads, as
URLs) and `lines`: pairs of a mark and a line of code. A line marked "-" is in
the buggy program only, one marked "+" in the fixed one only.
"""

import json
import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT / "scripts"), str(ROOT / "tests")]

import expectation  # noqa: E402
from refsan import tables  # noqa: E402

CONDITION = re.compile(r"#\s*(if|ifdef|ifndef|else|elif|endif)\b\s*(.*)")
INCLUDES = re.compile(r'#include "ext\w*\.h"\n')
MARK = re.compile(r"\s*// @([\w-]+)$")
REPORTED = "  // <- reported"


def story(block):
    """The short report in the comment, or None."""
    return next((value for key, _, value in block.entries if key == "story"),
                None)


def programs(slug):
    """The test programs of a kind: first one with a story, and the plainest
    first: a short one, with a short cure."""
    blocks = [expectation.Expectation(path)
              for path in (ROOT / "tests/bugs").glob(f"{slug}-*.c")]
    return sorted(blocks, key=lambda block: (
        story(block) is None, len(code(block).splitlines()) + 2 * len(cure(block)), block.path))


def code(block):
    """The program without its comment and its module boilerplate."""
    body = INCLUDES.split(block.text)[-1]
    return body.partition("\nEXT_MODULE")[0].strip("\n")


def cure(block):
    """The lines that are not in both programs."""
    return [line for mark, line in variants(code(block))
            if mark != " " and line.strip()]


def about(block):
    """What the comment says, in paragraphs."""
    words = block.title.partition(":")[2].strip() + "\n" + block.prose
    paragraphs = [" ".join(part.split())
                  for part in re.split(r"\n\s*\n", words.strip())]
    return [part if is_name(part.split()[0]) else part[0].upper() + part[1:]
            for part in paragraphs]


def is_name(word):
    """As tp_traverse, which begins no sentence with a capital."""
    return "_" in word or "." in word


def thread_url(thread):
    repository, _, number = thread.partition("#")
    return f"https://github.com/{repository}/issues/{number}"


def is_about_fixed(condition):
    return (condition and condition[1] in ("ifdef", "ifndef") and
            condition[2] == "FIXED")


def variants(text):
    """(mark, line) of each line, by its #ifdef FIXED; other conditions
    stay."""
    marks = []  # of the conditions around the line; None: not about FIXED
    for line in text.splitlines():
        condition = CONDITION.match(line)
        if is_about_fixed(condition):
            marks.append("+" if condition[1] == "ifdef" else "-")
            continue
        if condition and condition[1].startswith("if"):
            marks.append(None)
        elif condition and marks[-1]:
            if condition[1] == "else":
                marks[-1] = "-" if marks[-1] == "+" else "+"
            else:
                marks.pop()
            continue
        current = next((mark for mark in marks[::-1] if mark), " ")
        if condition and condition[1] == "endif":
            marks.pop()
        yield current, line


def reported_line(block):
    """The name of the line that the report puts first."""
    reports = [value for key, _, value in block.entries if key == "report"]
    found = re.search(r"@([\w-]+)", reports[-1]) if reports else None
    return found and found[1]


def lines(block):
    name = reported_line(block)
    for mark, line in variants(code(block)):
        yield mark, MARK.sub(lambda found: REPORTED if found[1] == name
                             else "", line)


def example(block):
    return {"about": about(block), "like": list(map(thread_url,
                                                    block.threads)),
            "lines": list(lines(block))}


def main():
    if len(sys.argv) != 2:
        return __doc__
    examples = {kind.slug: example(programs(kind.slug)[0])
                for kind in tables.bugs()}
    pathlib.Path(sys.argv[1]).write_text(json.dumps(examples, indent=1) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
