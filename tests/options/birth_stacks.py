# SPDX-License-Identifier: MIT
"""birth_stacks: births keep their whole stack, not only the Python line they
happened on."""

import support
from support import check

CODE = """\
def make():
    return []
def outer():
    return make()
demo.detached(outer())
"""
text = support.errors(CODE)
check(len(support.block(text, "  created")) == 1, text)
text = support.errors(CODE, birth_stacks=1)
frames = support.block(text, "  created")
check([words in "".join(frames) for words in
       ("in make", "in outer", "in <module>")] == [True] * 3, text)
