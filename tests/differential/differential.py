# SPDX-License-Identifier: MIT
"""Compiles differential.c for an interpreter, and runs it there.

differential.py PYTHON [STEPS [SEEDS]]

A failure names its seed: the same seed is the same sequence.
"""

import os
import pathlib
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent.parent
sys.path.insert(0, str(HERE.parent))

import interpreters  # noqa: E402

PROGRAM = """
import gc, sys
gc.disable()
import differential
steps, seeds = map(int, sys.argv[1:])
done = turns = 0
for seed in range(1, seeds + 1):
    try:
        done += differential.one_thread(seed, steps)
        turns += differential.two_threads(seed, steps // 2000)
    except AssertionError as wrong:
        sys.exit(f"seed {seed}: {wrong}")
assert done and turns
print(f"{done} operations alone and {turns} of two threads in turn are equal")
"""


def compile_module(interpreter, folder):
    subprocess.run(
        [os.environ.get("CC", "cc"), "-std=gnu11", "-O1", "-g", "-fPIC",
         "-shared", "-pthread", "-o", pathlib.Path(folder) / "differential.so",
         HERE / "differential.c", f"-I{ROOT / 'runtime'}",
         *(f"-I{path}" for path in interpreter.includes)], check=True)


def main(python, steps="50000", seeds="10"):
    with tempfile.TemporaryDirectory() as folder:
        compile_module(interpreters.probe(python), folder)
        return subprocess.run([python, "-c", PROGRAM, steps, seeds],
                              env={**os.environ, "PYTHONPATH": folder},
                              timeout=600).returncode


sys.exit(main(*sys.argv[1:]))
