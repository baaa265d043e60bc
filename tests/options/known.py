# SPDX-License-Identifier: MIT
"""known: the findings of a file that refsan has with it are silenced, and named
at the end with their project and line; with 0 they are findings as any."""

import support
from support import FOLDER, check

CODE = "demo.detached([]); demo.refused()"
FILE = FOLDER / "known.supp"
FILE.write_text("# Demo: demo.c, demo_detached()\nrefop-detached:^detached$\n"
                "\n# Other: never\nleak:nowhere\n")
LINE = "refsan: 1 known finding of Demo not printed (known.supp:2; "
environment = support.environment
support.environment = lambda options: {**environment(options),
                                       "REFSAN_KNOWN": str(FILE)}

for run in support.preloaded, support.watched:
    done = run(CODE)
    check(done.returncode == 0 and "refop-detached: " not in done.stderr, done)
    check("0 errors, 1 warning, 1 silenced" in done.stderr, done)
    check("nowhere" not in done.stderr, done)
    check((LINE in done.stderr) == (run is support.watched), done)
    done = run(CODE, known=0)
    check(done.returncode == 66 and "refop-detached" in done.stderr, done)
    check("1 error, 1 warning" in done.stderr, done)
    check(LINE not in done.stderr, done)

# The user's own lines go before, and count for themselves.
rules = FOLDER / "rules"
rules.write_text("refop-detached:detached\n")
done = support.preloaded(CODE, suppressions=rules)
check("  1 refop-detached:detached\n" in done.stderr, done)
check("known.supp" not in done.stderr, done)
