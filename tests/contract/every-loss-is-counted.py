# SPDX-License-Identifier: MIT
"""Every line of lost.def is counted somewhere, and nothing else is."""

import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent


def counted(text):
    """The losses that code counts; what a comment says is no code."""
    code = re.sub(r"/\*.*?\*/|//[^\n]*", " ", text, flags=re.S)
    # … or a table is told to count it as (access.h).
    calls = re.findall(r"\brs_lost_count\(([^;{]*)\);", code)
    calls += re.findall(r"\.lost = (RS_LOST_\w+)", code)
    return {name for call in calls
            for name in re.findall(r"\bRS_LOST_(\w+)", call)}


def complaints(names, seen):
    return ([f"lost.def: {name} is never counted" for name in names - seen]
            + [f"{name} is counted, and not in lost.def"
               for name in seen - names])


# The test itself: it must see what is missing.
assert counted("/* rs_lost_count(RS_LOST_A); */ // rs_lost_count(RS_LOST_B);\n"
               "rs_lost_count(x ? RS_LOST_C : RS_LOST_D);") == {"C", "D"}
assert len(complaints({"A", "B"}, {"B", "C"})) == 2

names = set(re.findall(r"^RS_LOST\((\w+),",
                       (ROOT / "runtime/lost.def").read_text(), re.M))
assert len(names) > 10
seen = set()
for folder in ("runtime", "interpose"):
    for path in (ROOT / folder).rglob("*.[ch]"):
        seen |= counted(path.read_text())
sys.exit("\n".join(sorted(complaints(names, seen))) or 0)
