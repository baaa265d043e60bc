#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""What is said of a data race on an object's memory that TSan finds: its report
and refsan's, with and without refsan. Into docs/tsan.json.

  report.py --python PATH [--json FILE]

`scripts/docs` puts it into docs/tsan.md.
"""

import argparse
import os
import pathlib
import re
import subprocess
import sys
import tempfile

import sweep
from sweep import TESTS, interpreters

sys.path.insert(0, str(TESTS.parent / "scripts"))
from refsan import sanitizers  # noqa: E402

PROGRAM = """import threading
import cells

class Job:
    def __init__(self):
        self.cell = cells.Cell()

    def write(self):
        cells.first(self.cell)

    def finish(self):
        cells.second(self.cell)

job = Job()
thread = threading.Thread(target=job.write, name="worker")
thread.start()
job.finish()
thread.join()
"""


def build(interpreter, folder):
    subprocess.run(
        ["gcc", "-O1", "-g", "-shared", "-fPIC", "-fsanitize=thread",
         "-pthread", f"-I{TESTS}",
         *[f"-I{path}" for path in interpreter.includes],
         "-o", folder / "cells.so", TESTS / "tsan/cells.c"], check=True)
    (folder / "program.py").write_text(PROGRAM)


def readable(said, folder):
    """Without what differs between machines and runs, and TSan's third stack:
    where the thread was created."""
    said = said.replace(f"{folder}/", "").replace(f"{TESTS.parent}/", "")
    said = re.sub(r"  Thread T\d.*?\n\n", "", said, flags=re.DOTALL)
    said = re.sub(r"\S+/(?=threading\.py:|\.\./)", "", said)
    said = re.sub(r" \(BuildId: [0-9a-f]+\)", "", said)
    said = re.sub(r"\b(pid|tid)=\d+", r"\1=…", said)
    said = re.sub(r"0x[0-9a-f]+", "ADDR", said)
    said = re.sub(r"^(ThreadSanitizer: reported|refsan: \d).*\n?", "", said,
                  flags=re.MULTILINE)
    return "\n".join(row.rstrip() for row in said.strip().splitlines())


def outputs(interpreter):
    runtime = next(runtime for runtime in sanitizers.tsan_runtimes()
                   if not runtime.is_llvm)
    refsan = [sys.executable, TESTS.parent / "build/refsan", "run", "--"]
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        build(interpreter, folder)
        for way, command in ("TSan alone", []), ("with refsan", refsan):
            done = subprocess.run(
                [*command, interpreter.path, "-s", folder / "program.py"],
                text=True, capture_output=True, timeout=100, env={
                    **os.environ, "PYTHONPATH": name, "REFSAN_OPTIONS": "",
                    "LD_PRELOAD": runtime.path,
                    "TSAN_OPTIONS": "ignore_noninstrumented_modules=1:"
                                    "history_size=7"})
            yield way, readable(done.stderr, folder)


def main():
    parser = argparse.ArgumentParser(
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--python", required=True)
    parser.add_argument("--json", type=pathlib.Path,
                        default=TESTS.parent / "docs/tsan.json")
    args = parser.parse_args()
    interpreter = interpreters.probe(args.python)
    sweep.write(args.json, "report", {"program": PROGRAM.strip(),
                                      **dict(outputs(interpreter))})


if __name__ == "__main__":
    main()
