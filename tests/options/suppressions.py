# SPDX-License-Identifier: MIT
"""suppressions: a file of lines that silence findings; mistakes in it are
said."""

import support
from support import FOLDER, check

rules = FOLDER / "rules"
rules.write_text("# reasons\nrefop-detached:^detached$\nnonsense\n")
for run in support.preloaded, support.watched:
    done = run("demo.detached([]); demo.refused()", suppressions=rules)
    check(done.returncode == 0, done)
    check("refsan: refop-detached:" not in done.stderr, done)
    check("refsan: immortalize-string:" in done.stderr, done)
    check("1 silenced" in done.stderr, done)
    check("rules:3: a suppression is kind:pattern: 'nonsense'" in done.stderr,
          done)
done = support.preloaded("pass", suppressions="/no/rules")
check("cannot read '/no/rules'" in done.stderr, done)
