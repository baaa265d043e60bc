# SPDX-License-Identifier: MIT
"""refsan never allocates from the program's malloc and keeps errno: not for an
event, not for the first one of a new thread, not for a report.

A library in front of libc's counts every allocation that has refsan's code among
its callers, once the module has armed it."""

import os
import pathlib
import subprocess
import sys

HERE = pathlib.Path(__file__).resolve().parent
LIBRARY = os.environ["REFSAN_LIBRARY"]

if not os.environ["PYTHON"]:
    sys.exit(77)


def compile_shared(source, output, *more):
    subprocess.run([os.environ["CC"], "-shared", "-fPIC", "-O1", "-g",
                    "-pthread", *more, HERE / source, "-o", output],
                   check=True)


compile_shared("malloc_watch.c", "malloc_watch.so")
compile_shared("malloc_events.c", "t.so", f"-I{HERE.parent}",
               *[f"-I{include}" for include
                 in os.environ["PYTHON_INCLUDE"].split(";")])

for unwinder in "auto", "fp", "libunwind":
    result = subprocess.run(
        [os.environ["PYTHON"], "-c", "import t; t.run([object()])"],
        text=True, capture_output=True,
        env=dict(os.environ, PYTHONPATH=os.getcwd(),
                 LD_PRELOAD=f"{os.getcwd()}/malloc_watch.so:{LIBRARY}",
                 REFSAN_OPTIONS=f"unwind={unwinder}"))
    if (result.returncode != 66
            or result.stdout != "allocations in refsan: 0\n"):
        sys.exit(f"{unwinder}: status {result.returncode}\n{result.stdout}"
                 f"{result.stderr}")
