# SPDX-License-Identifier: MIT
"""records: how many objects refsan can say more about; more are counted as
lost."""

import support
from support import check

CODE = "demo.share([object() for i in range(5000)])"
for entries, is_lost in (1024, True), (65536, False):
    text = support.preloaded(CODE, records=entries).stderr
    check(("objects without a record: the table was full" in text) == is_lost,
          text)
