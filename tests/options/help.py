# SPDX-License-Identifier: MIT
"""help: the options are printed, and the program goes on."""

import support
from support import check

for run in support.preloaded, support.watched:
    done = run("print('here')", help=1)
    check(done.returncode == 0 and done.stdout == "here\n", done)
    for line in "  exitcode=66\n", "  unwind=\"auto\"\n", "a number from 0 to":
        check(line in done.stderr, done)
    check("exitcode=" not in run("pass").stderr)
