# SPDX-License-Identifier: MIT
"""summary: one line at the end says what was watched."""

import support
from support import check

for run in support.preloaded, support.watched:
    last = run("demo.count([], 1)").stderr.splitlines()[-1]
    check(last.startswith("refsan: 0 errors, 0 warnings"), last)
    check("CPython 3." in last and "hooked" in last, last)
    done = run("demo.count([], 1)", summary=0)
    check(done.stderr == "", done)
