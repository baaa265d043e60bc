# SPDX-License-Identifier: MIT
"""native_frames: how many native frames of a stack are kept."""

import support
from support import check

for most in 3, 10:
    text = support.errors("demo.deep(30)", native_frames=most)
    native = [row for row in support.own_stack(text) if "(python)" not in row]
    check(len(native) == most, text)
    check(all(" in descend (" in row for row in native[1:]), text)
    check("in <module>" in support.own_stack(text)[-1], text)
