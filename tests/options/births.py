# SPDX-License-Identifier: MIT
"""births: without them nothing is known of an object before its first
operation."""

import support
from support import check

text = support.errors("x = []; demo.detached(x)")
check("births and deaths seen" in text, text)
check("program.py:2" in "".join(support.block(text, "  created")), text)
text = support.errors("x = []; demo.detached(x)", births=0)
check("births and deaths not seen (births=0)" in text, text)
check("  created" not in text, text)
