# SPDX-License-Identifier: MIT
"""Every kind in bugs.def has a program in tests/bugs, and every program there
begins with its kind, can be fixed, and names the threads that it is like, if
any, so that they can be found."""

import pathlib
import sys

TESTS = pathlib.Path(__file__).resolve().parent.parent
sys.path[:0] = [str(TESTS), str(TESTS.parent / "scripts")]

import expectation  # noqa: E402
from refsan import tables  # noqa: E402

slugs = [kind.slug for kind in tables.bugs()]
programs = sorted((TESTS / "bugs").glob("*.c*"))
complaints = [f"no tests/bugs/{slug}-*.c" for slug in slugs
              if not any(p.name.startswith(slug + "-") for p in programs)]
for program in programs:
    block = expectation.Expectation(program)
    kind = block.title.partition(":")[0]
    if kind not in slugs or not program.stem.startswith(kind + "-"):
        complaints.append(f"{program.name}: its first line names no kind of "
                          "bug, or not the one of its file name")
    try:
        block.threads
    except expectation.Mistake as mistake:
        complaints.append(f"{program.name}: {mistake}")
    if "FIXED" not in block.text:
        complaints.append(f"{program.name}: nothing is different when FIXED")
sys.exit("\n".join(complaints) or 0)
