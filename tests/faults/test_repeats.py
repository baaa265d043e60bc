# SPDX-License-Identifier: MIT
"""A hot loop with a bug in it: said as often as a short one, and every
time counted. (tests/unit/repeats_test.c counts what is completed.)"""

import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent /
                       "options"))
import support
from support import check

CODE = """\
x = []
detached = demo.detached
for i in range(%d):
    detached(x)
"""
TITLE = "refsan: refop-detached:"

for run in support.preloaded, support.watched:
    few = run(CODE % 100)
    many = run(CODE % 100_000)
    for done, times in (few, 100), (many, 100_000):
        check(done.returncode == 66, done)
        check(f"refsan: {times} errors" in done.stderr, done)
    check(few.stderr.count(TITLE) == many.stderr.count(TITLE) > 0, many)
