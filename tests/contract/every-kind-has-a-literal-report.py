# SPDX-License-Identifier: MIT
"""Every kind in bugs.def has a program in tests/bugs whose report is there as
a whole, so that a change of any part of the text is seen: no line stands for
any lines, and it goes from the title to where one reads more. All of them
together show every part that a report may have.

The same for the short reports of `refsan run` (`story:`). What a crash or a hang knows
differs between interpreters, so that its whole text is no literal one."""

import pathlib
import re
import sys

TESTS = pathlib.Path(__file__).resolve().parent.parent
sys.path[:0] = [str(TESTS), str(TESTS.parent / "scripts")]

import expectation  # noqa: E402
from refsan import tables  # noqa: E402

PARTS = ("object", "because", "skipped", "created by", "history", "fix",
         "suppress", "docs")
STORY_PARTS = ("because", "object", "history", "fix", "more")
HINTS = {kind.slug: {f"  fix      {kind.hint}"} for kind in tables.bugs()}
for case in tables.hints():  # advice by evidence
    HINTS[case.bug.lower().replace("_", "-")].add(f"  fix      {case.hint}")


CRASHES = {"crash", "crash-dead-object", "hang"}


def is_literal(slug, report):
    lines = report.splitlines()
    return (not any(line.strip() == "..." for line in lines)
            and lines[0].startswith(f"refsan: {slug}: ")
            and "..." not in lines[0]
            and any(line.startswith("  object  ") for line in lines)
            and HINTS[slug] & set(lines)
            and any(line.startswith("  suppress ") for line in lines)
            and lines[-1] == f"  docs     docs/reports.md#{slug}")


def is_story(slug, story):
    """The first line, an act with its line of code, the object, the end."""
    lines = story.splitlines()
    return (len(lines) > 4 and lines[0].endswith(f" [{slug}]")
            and re.match(r"[\w.-]+:@[\w-]+: (error|warning): ", lines[0])
            and any(line.startswith("    NUM | ") for line in lines)
            and any(line.startswith(("  object    ", "  signal    "))
                    for line in lines)
            and any(line.startswith("  fix       ") for line in lines)
            and lines[-1] == f"  more      refsan explain {slug}")


literal, stories = {}, {}
for program in sorted((TESTS / "bugs").glob("*.c*")):
    block = expectation.Expectation(program)
    slug = block.title.partition(":")[0]
    for key, _, value in block.entries:
        if key == "report" and is_literal(slug, value):
            literal.setdefault(slug, value)
        if key == "story" and is_story(slug, value):
            stories.setdefault(slug, value)

complaints = [f"{slug}: no program in tests/bugs has its whole report "
              "(tests/expect.py --write)"
              for slug in HINTS if slug not in literal | dict.fromkeys(CRASHES)]
for slug, report in literal.items():
    lines = report.splitlines()
    for i, line in enumerate(lines):
        if is_literal(slug, "\n".join([*lines[:i], "...", *lines[i + 1:]])):
            complaints.append(f"{slug}: would be whole without {line!r}")
complaints += [f"{slug}: no program in tests/bugs has its story "
               "(tests/expect.py --story)"
               for slug in HINTS if slug not in stories]
for part in STORY_PARTS:
    if not any(re.search(rf"^  {part} ", story, re.MULTILINE)
               for story in stories.values()):
        complaints.append(f"no story has a part {part!r}")
for part in PARTS:
    if not any(re.search(rf"^  {part}\b", report, re.MULTILINE)
               for report in literal.values()):
        complaints.append(f"no whole report has a part {part!r}")
sys.exit("\n".join(complaints) or 0)
