# SPDX-License-Identifier: MIT
"""history: how many of an object's last operations a report shows."""

import support
from support import check

CODE = "x = []; demo.count(x, 20); demo.detached(x)"
for rows in 0, 3, 8, 32:
    text = support.errors(CODE, history=rows)
    shown = support.block(text, "  history  oldest first")
    check(len(shown) == rows, text)
    check(("  history  " in text) == (rows > 0), text)
