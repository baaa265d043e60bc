# SPDX-License-Identifier: MIT
"""unwind: how native stacks are walked."""

import support
from support import check

CODE = "demo.deep(3)"
for way in "auto", "fp", "libunwind":
    text = support.errors(CODE, unwind=way)
    native = [row for row in support.own_stack(text) if "(python)" not in row]
    check(sum(" in descend (" in row for row in native) == 4, text)
    check(" in deep (" in native[5], text)
text = support.errors(CODE, unwind="none")
native = [row for row in support.own_stack(text) if "(python)" not in row]
check(len(native) == 1 and " in refused (" in native[0], text)
