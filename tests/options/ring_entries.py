# SPDX-License-Identifier: MIT
"""ring_entries: how far back a thread's operations are remembered."""

import support
from support import check

CODE = "x = []; demo.count(x, 1); demo.count([], 300); demo.detached(x)"
for entries, rows in (256, 1), (1024, 3):
    text = support.errors(CODE, ring_entries=entries)
    check(len(support.block(text, "  history  ")) == rows, text)
