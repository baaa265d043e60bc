# SPDX-License-Identifier: MIT
"""Which reports are of the same bug. A finding of refsan has a fingerprint of
the runtime's, made of the act and of what made it wrong; that of any other
report is made here, of the same things."""

import hashlib

from . import skipping

DEPTH = 3  # frames of a report with a single stack; of two, one each is enough
UNORDERED = {"data-race", "lock-order-inversion"}


def of(report):
    known = report.get("fingerprint")
    if isinstance(known, str) and known:
        return known
    stacks = [stack for stack in report["stacks"]
              if stack.get("frames") or stack.get("python")][:2]
    depth = 1 if len(stacks) > 1 else DEPTH
    parts = ["<".join(map(skipping.identity, skipping.telling(stack, depth)))
             for stack in stacks]
    if report["kind"] in UNORDERED:
        parts.sort()
    if not parts:
        parts = [report.get("title") or ""]
    words = "\n".join([report["source"], report["kind"], *parts])
    return hashlib.sha256(words.encode(errors="replace")).hexdigest()[:16]
