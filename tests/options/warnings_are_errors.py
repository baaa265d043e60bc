# SPDX-License-Identifier: MIT
"""warnings_are_errors: a warning makes the status 66, too."""

import support
from support import check

for run in support.preloaded, support.watched:
    done = run("demo.refused()")
    check(done.returncode == 0, done)
    check("refsan: immortalize-string:" in done.stderr, done)
    done = run("demo.refused()", warnings_are_errors=1)
    check(done.returncode == 66, done)
