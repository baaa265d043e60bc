# SPDX-License-Identifier: MIT
"""report_limit: findings after so many reports are only counted."""

import support
from support import check

CODE = "demo.detached([])\n" * 5
for run in support.preloaded, support.watched:
    text = run(CODE).stderr
    check(text.count("refsan: refop-detached:") == 5, text)
    text = run(CODE, report_limit=2).stderr
    check(text.count("refsan: refop-detached:") == 2, text)
    check(text.count("report_limit is reached") == 1, text)
    check("refsan: 5 errors" in text, text)
