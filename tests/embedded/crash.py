# SPDX-License-Identifier: MIT
"""A crash of a program on the embedded runtime names the object, its state and
who released it.

crash.py REFSAN PROGRAM
"""

import json
import pathlib
import signal
import subprocess
import sys
import tempfile

REFSAN, PROGRAM = sys.argv[1:]


def run(*arguments):
    with tempfile.TemporaryDirectory() as folder:
        path = pathlib.Path(folder) / "findings.jsonl"
        done = subprocess.run(
            [sys.executable, REFSAN, "run", "--jsonl", path, "--", PROGRAM,
             *arguments], capture_output=True, text=True, timeout=240)
        lines = path.read_text().splitlines() if path.exists() else []
        return done, list(map(json.loads, lines))


done, found = run("kept")
if (done.returncode, done.stdout, found) != (0, "w", []):
    sys.exit(f"the right one: {done}")
done, found = run()
crashes = [one for one in found if "crash" in one]
if done.returncode != 128 + signal.SIGSEGV or len(crashes) != 1:
    sys.exit(f"no report of a crash: {done}")
crash = crashes[0]
seen = (crash["kind"], crash["tier"], crash["object"]["type"],
        crash["object"]["state"])
if seen != ("crash-dead-object", "embedded", "test.Node", "dead"):
    sys.exit(f"{seen}: {done}")
roles = {stack["role"]: [frame["function"] for frame in stack["frames"]]
         for stack in crash["stacks"]}
if "read_word" not in roles["act"] or "main" not in roles["zero"]:
    sys.exit(f"{roles}: {done}")
print(done.stderr)
