# SPDX-License-Identifier: MIT
"""What is printed of a finding: the short report, or the runtime's own text,
which is longer."""

from . import colours
from .story import story

# What a finding that is none can raise: the watched program can write records.
DAMAGE = (KeyError, TypeError, ValueError, AttributeError, IndexError, OSError)


def text(finding, whole, page, is_full=False):
    """A report and an empty line: before it where others write, too, and may
    have left the cursor anywhere. `whole` makes the runtime's text, with
    places put in; it is also the report of a finding that was cut, or is
    damaged."""
    words = _words(finding, whole, page, is_full)
    return f"\n{words}" if page.is_shared else f"{words}\n"


def _words(finding, whole, page, is_full):
    if not is_full and not finding.get("cut"):
        try:
            return story(finding, page)
        except DAMAGE:
            pass
    words = whole().rstrip("\n") + "\n"
    return (colours.paint(words, finding.get("severity"))
            if page.is_coloured else words)
