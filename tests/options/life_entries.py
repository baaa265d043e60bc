# SPDX-License-Identifier: MIT
"""life_entries: how far back births are remembered."""

import support
from support import check

CODE = """\
x = []
other = [object() for i in range(2000)]
demo.detached(x)
"""
for entries, is_known in (256, False), (16384, True):
    text = support.errors(CODE, life_entries=entries)
    birth = "\n".join(support.block(text, "  created"))
    check(("program.py:2 (python)" in birth) == is_known, text)
