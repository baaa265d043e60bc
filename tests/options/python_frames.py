# SPDX-License-Identifier: MIT
"""python_frames: how many Python frames of a stack are kept."""

import support
from support import check

CODE = """\
def descend(depth):
    if depth:
        return descend(depth - 1)
    demo.refused()
descend(30)
"""
for most in 0, 5, 16:
    text = support.errors(CODE, python_frames=most)
    frames = [row for row in support.own_stack(text) if "(python)" in row]
    check(len(frames) == most, text)
    check(all(" in descend " in row for row in frames), text)
