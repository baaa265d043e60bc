# SPDX-License-Identifier: MIT
"""`refsan run` reports the wrong registry every time, and is silent about the
right one every time.

registry.py REFSAN RUNS WRONG RIGHT
"""

import json
import pathlib
import subprocess
import sys
import tempfile

REFSAN, RUNS, WRONG, RIGHT = sys.argv[1:]
FIRST = {"kind": "incref-after-zero", "tier": "embedded"}


def findings(program):
    """(status, findings, what was said) of one run."""
    with tempfile.TemporaryDirectory() as folder:
        path = pathlib.Path(folder) / "findings.jsonl"
        done = subprocess.run(
            [sys.executable, REFSAN, "run", "--jsonl", path, "--", program],
            capture_output=True, text=True, timeout=60)
        lines = path.read_text().splitlines() if path.exists() else []
        return done.returncode, list(map(json.loads, lines)), done.stderr


for number in range(int(RUNS)):
    status, found, said = findings(WRONG)
    first = {key: found[0].get(key) for key in FIRST} if found else {}
    if status != 66 or first != FIRST or "look_up" not in said:
        sys.exit(f"run {number} of the wrong one: status {status}, "
                 f"{first}\n{said}")
    status, found, said = findings(RIGHT)
    if status != 0 or found or "0 errors, 0 warnings" not in said:
        sys.exit(f"run {number} of the right one: status {status}, "
                 f"{len(found)} findings\n{said}")
print(f"{RUNS} of {RUNS} runs reported, and {RUNS} of {RUNS} silent")
