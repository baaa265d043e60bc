# SPDX-License-Identifier: MIT
"""Memory is short: a program without Python does not notice refsan, a Python
is left alone and that is said, and a report needs none that is new."""

import os
import pathlib
import subprocess
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent /
                       "options"))
import support
from support import check

ASLEEP = "no memory for refsan's tables"


def limited(megabytes, command, **variables):
    return subprocess.run(
        ["sh", "-c", f'ulimit -v {megabytes << 10}; exec "$@"', "sh",
         *command], text=True, capture_output=True, timeout=100,
        env={**support.environment({}), **variables})


def watched(megabytes, command):
    return subprocess.run(
        [sys.executable, support.REFSAN, "run", "--full", "--", "sh", "-c",
         f'ulimit -v {megabytes << 10}; exec "$@"', "sh", *command],
        text=True, capture_output=True, timeout=100,
        env={**support.environment({}), "REFSAN_LIBRARY": support.LIBRARY})


for megabytes in 10, 16, 32, 64, 96, 128, 192:
    done = limited(megabytes, ["/bin/true"], LD_PRELOAD=support.LIBRARY)
    check(done.returncode == 0 and done.stderr == "", done)

# The least that the interpreter itself can do with, and some for the loader.
hello = [support.PYTHON, "-s", "-c", "print('hello')"]
least = next(megabytes for megabytes in range(8, 400, 8)
             if all(limited(megabytes + more, hello).returncode == 0
                    for more in range(0, 32, 8))) + 8
done = limited(least, hello, LD_PRELOAD=support.LIBRARY)
check(done.returncode == 0 and done.stdout == "hello\n", done)
check(done.stderr.count(ASLEEP) >= 2, done)
check("1 processes not watched" in done.stderr, done)
done = watched(least, hello)
check(done.returncode == 67 and done.stdout == "hello\n", done)
check(f"nothing was watched: there is {ASLEEP}" in done.stderr, done)

# Once awake, refsan says the first report with the memory it has.
CODE = """\
import resource
x = []
with open("/proc/self/statm") as file:
    now = int(file.read().split()[0]) * resource.getpagesize()
resource.setrlimit(resource.RLIMIT_AS, (now, now))
demo.detached(x)
"""
for run in support.preloaded, support.watched:
    done = run(CODE)
    check(done.returncode == 66, done)
    check(done.stderr.count("refsan: refop-detached:") == 1, done)
