# SPDX-License-Identifier: MIT
"""docs/detection.json speaks of programs that are there, and docs/detection.md
has a row for every one of them: with what was measured, or saying that it was
not. refsan missed none of those that were."""

import json
import pathlib
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent

programs = {path.stem for path in (ROOT / "tests/bugs").glob("*.c*")}
measured = json.loads((ROOT / "docs/detection.json").read_text())["programs"]
rows = {line.partition("[")[2].partition("]")[0]: line for line in
        (ROOT / "docs/detection.md").read_text().splitlines()
        if line.startswith("| [")}
complaints = [f"{name}: measured, and no program any more"
              for name in measured.keys() - programs]
for name in sorted(programs):
    row = rows.get(name, "")
    if not row:
        complaints.append(f"{name}: no row in docs/detection.md")
    elif (name in measured) == ("not measured" in row):
        complaints.append(f"{name}: measured or not, the row says otherwise")
    missed = [python for python, is_good in
              measured.get(name, {}).get("refsan", {}).items() if not is_good]
    if missed:
        complaints.append(f"{name}: missed on {', '.join(missed)}")
sys.exit("\n".join(complaints) or 0)
