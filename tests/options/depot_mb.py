# SPDX-License-Identifier: MIT
"""depot_mb: memory for stacks; those that find no room are counted."""

import support
from support import check

# Each number is another way from a() to b(), and so another stack.
CODE = """\
x = []
def a(n):
    (a, b)[n & 1](n >> 1) if n > 1 else demo.count(x, 1)
def b(n):
    (b, a)[n & 1](n >> 1) if n > 1 else demo.count(x, 1)
for n in range(1 << 15):
    a(n)
"""
for size, is_lost in (1, True), (64, False):
    text = support.preloaded(CODE, depot_mb=size, python_frames=16).stderr
    check(("stacks not kept: the depot was full" in text) == is_lost, text)
