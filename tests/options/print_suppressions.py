# SPDX-License-Identifier: MIT
"""print_suppressions: the end lists those that matched, then those that did
not."""

import support
from support import FOLDER, check

rules = FOLDER / "rules"
rules.write_text("*:nowhere\nrefop-detached:detached\n")
LIST = "they silenced:\n  1 refop-detached:detached\n  0 *:nowhere\n"
for run in support.preloaded, support.watched:
    done = run("demo.detached([])", suppressions=rules)
    check(LIST in done.stderr, done)
    done = run("demo.detached([])", suppressions=rules, print_suppressions=0)
    check("they silenced" not in done.stderr, done)
