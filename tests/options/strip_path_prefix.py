# SPDX-License-Identifier: MIT
"""strip_path_prefix: cut from the front of file names; native ones where
`refsan run` finds them."""

import support
from support import FOLDER, check

for run in support.preloaded, support.watched:
    text = run("demo.detached([])").stderr
    check(f"in <module> {FOLDER}/program.py:2 (python)" in text, text)
    text = run("demo.detached([])", strip_path_prefix=f"{FOLDER}/").stderr
    check("in <module> program.py:2 (python)" in text, text)
prefix = f"{support.TESTS}/"
text = support.watched("demo.detached([])").stderr
check(f"in detached {prefix}options/support/demo.c:" in text, text)
text = support.watched("demo.detached([])", strip_path_prefix=prefix).stderr
check("in detached options/support/demo.c:" in text, text)
