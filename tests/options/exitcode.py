# SPDX-License-Identifier: MIT
"""exitcode: the status of a process with errors that would have ended with
0."""

import support
from support import check

for run in support.preloaded, support.watched:
    for wanted in 66, 9, 0:
        done = run("demo.detached([])", exitcode=wanted)
        check(done.returncode == wanted, done)
    done = run("demo.detached([]); raise SystemExit(3)", exitcode=9)
    check(done.returncode == 3, done)
    done = run("pass", exitcode=9)
    check(done.returncode == 0, done)
