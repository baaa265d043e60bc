# SPDX-License-Identifier: MIT
"""report_limit: findings after so many reports are only counted."""

import re

import support
from support import check

CODE = "demo.detached([]); demo.release(); demo.refused()\n" * 2
TITLE = re.compile(r"^refsan: (?:refop-detached|immortalize-string): ", re.M)

for run in support.preloaded, support.watched:
    text = run(CODE).stderr
    check(len(TITLE.findall(text)) == 3, text)
    text = run(CODE, report_limit=2).stderr
    check(len(TITLE.findall(text)) == 2, text)
    check(text.count("report_limit is reached") == 1, text)
    check("refsan: 4 errors, 2 warnings" in text, text)
