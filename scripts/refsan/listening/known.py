# SPDX-License-Identifier: MIT
"""Known findings of popular packages, which share/refsan/known.supp silences: how
many, of which project, by which line."""

import re

from ..places import find_known
from .words import counted

RULE = re.compile(r"known\.supp:(\d+) ")
PROJECT = re.compile(r"# (\w[\w.-]*): ")


def lines(counts):
    """Takes those rules out of the counts."""
    projects = {}
    for rule in list(counts):
        match = RULE.match(rule)
        if match:
            number = int(match[1])
            found = projects.setdefault(project(number), {})
            found[number] = counts.pop(rule)
    for name, found in projects.items():
        where = ", ".join(map(str, sorted(found)))
        yield (f"refsan: {counted(sum(found.values()), 'known finding')} of "
               f"{name} not printed (known.supp:{where}; known=0 does)")


def project(number):
    """The word in the comment above a line."""
    try:
        with open(find_known() or "", encoding="utf-8") as file:
            above = file.readlines()[:number]
    except OSError:
        return "an unknown project"
    names = [PROJECT.match(line) for line in above if line.startswith("#")]
    return ([match[1] for match in names if match] or ["?"])[-1]
