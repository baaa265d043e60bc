# SPDX-License-Identifier: MIT
"""An extension that wants PyRefTracer gets every event and finds itself in the
slot, while refsan goes on seeing births and deaths. The interpreter's own use
of the slot is noticed and said."""

import os
import pathlib
import subprocess
import sys

HERE = pathlib.Path(__file__).resolve().parent
LIBRARY = os.environ["REFSAN_LIBRARY"]
PYTHON = os.environ["PYTHON"]

SHARING = """
import tracing

def change(steps):
    before = tracing.counts()
    kept = [object() for _ in range(1000)]
    del kept
    after = tracing.counts()
    return [b - a >= 1000 for a, b in zip(before, after)]

T, F = True, False
assert tracing.get() == 0, tracing.get()
assert change(1) == [F, F, F, F]
assert tracing.set_first() == 0 and tracing.get() == 1
assert change(2) == [T, T, F, F]
assert tracing.set_second() == 0 and tracing.get() == 2
assert change(3) == [F, F, T, T]
for i in range(100):
    assert tracing.set_first() == 0 and tracing.set_second() == 0
assert tracing.get() == 2
assert change(4) == [F, F, T, T]
assert tracing.set_none() == 0 and tracing.get() == 0
assert change(5) == [F, F, F, F]
"""
TAKING = "import tracemalloc; tracemalloc.start()"


def run(program):
    result = subprocess.run([PYTHON, "-c", program], text=True,
                            env=dict(os.environ, LD_PRELOAD=LIBRARY),
                            capture_output=True)
    if result.returncode != 0:
        sys.exit(f"status {result.returncode}:\n{result.stderr}")
    return result.stderr


if not PYTHON:
    sys.exit(77)
if "births and deaths seen" not in run("pass"):
    print("this Python's births and deaths cannot be seen")
    sys.exit(77)
includes = [f"-I{include}"
            for include in os.environ["PYTHON_INCLUDE"].split(";")]
subprocess.run([os.environ["CC"], "-shared", "-fPIC", "-O1", *includes,
                HERE / "tracing.c", "-o", "tracing.so"], check=True)
if "births and deaths seen" not in run(SHARING):
    sys.exit("births and deaths are lost to an extension")
said = run(TAKING)
if "births and deaths not seen (PyRefTracer was taken" not in said:
    sys.exit(f"tracemalloc took the slot, and the summary is: {said}")
