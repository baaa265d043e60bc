# SPDX-License-Identifier: MIT
"""neutralise: whether an operation that would do harm is left out."""

import support
from support import check

CODE = "print(demo.release())\n"
for run in support.preloaded, support.watched:
    for options, count in ({}, 2), ({"neutralise": 1}, 2), \
            ({"neutralise": 0}, 1):
        done = run(CODE, **options)
        check(done.returncode == 66 and done.stdout == f"{count}\n", done)
        check(done.stderr.count("refsan: refop-detached:") == 1, done)
        check(("\n  skipped  " in done.stderr) == (count == 2), done)

# What refsan left out is not a reference: the program is told.
text = support.preloaded("demo.race(0)\n").stderr
check("refsan: incref-after-zero:" in text, text)
check("keeps the pointer without a reference" in text, text)
