# SPDX-License-Identifier: MIT
"""A sanitizer's runtime that is preloaded already insists on being first: it
stays there, the program runs, and refsan finds what it finds."""

import os
import pathlib
import subprocess
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent /
                       "options"))
import support
from support import check

QUIET = {"ASAN_OPTIONS": "detect_leaks=0", "TSAN_OPTIONS": "report_bugs=0"}


def runtime(name):
    """The compiler's, where a Python starts with it; else None."""
    path = subprocess.run([os.environ.get("CC", "cc"),
                           f"-print-file-name={name}"], text=True,
                          capture_output=True).stdout.strip()
    if not os.path.isabs(path):
        return None
    done = subprocess.run([support.PYTHON, "-s", "-c", ""],
                          capture_output=True, timeout=100,
                          env={**support.environment({}), **QUIET,
                               "LD_PRELOAD": path})
    return path if done.returncode == 0 else None


ran = []
for name in "libasan.so", "libtsan.so":
    path = runtime(name)
    if path is None:
        print(f"{name} is not here, or no Python starts with it")
        continue
    ran.append(name)
    done = subprocess.run(
        [sys.executable, support.REFSAN, "run", "--full", "--",
         support.PYTHON, "-s",
         support.program("demo.detached([])\nprint('done')")],
        text=True, capture_output=True, timeout=100,
        env={**support.environment({}), **QUIET, "LD_PRELOAD": path,
             "REFSAN_LIBRARY": support.LIBRARY})
    check(done.returncode == 66 and done.stdout == "done\n", done)
    check(done.stderr.count("refsan: refop-detached:") == 1, done)
sys.exit(0 if ran else 77)
