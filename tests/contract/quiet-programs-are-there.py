# SPDX-License-Identifier: MIT
"""Every program that the table of tests/README.md names is in tests/quiet, and
no row of the table is without one."""

import pathlib
import re
import sys

TESTS = pathlib.Path(__file__).resolve().parent.parent

programs = {path.stem for path in (TESTS / "quiet").iterdir()}
text = (TESTS / "README.md").read_text()
table = text.partition("## What must stay quiet")[2].partition("\nA delayed")[0]
rows = [line.strip("| ").rsplit(" | ", 1) for line in table.splitlines()
        if line.startswith("| ")][2:]
complaints = [] if len(rows) > 30 else ["the table has gone"]
for trap, tests in rows:
    names = re.findall(r"`([\w-]+)`", tests)
    complaints += [f"{trap}: no tests/quiet/{name}.*"
                   for name in names if name not in programs]
    if not names:
        complaints.append(f"{trap}: no test")
sys.exit("\n".join(complaints) or 0)
