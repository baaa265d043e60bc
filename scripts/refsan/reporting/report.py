# SPDX-License-Identifier: MIT
"""What is printed of a finding: the short report, or the runtime's own text,
which is longer."""

from . import colours
from .story import story

# What a finding that is none can raise: the watched program can write records.
DAMAGE = (KeyError, TypeError, ValueError, AttributeError, IndexError, OSError)


def text(finding, whole, page, is_full=False):
    """A report that begins with an empty line: the program may have left the
    cursor anywhere. `whole` makes the runtime's text, with places put in; it
    is also the report of a finding that was cut, or is damaged."""
    if not is_full and not finding.get("cut"):
        try:
            return "\n" + story(finding, page)
        except DAMAGE:
            pass
    words = "\n" + whole().rstrip("\n") + "\n"
    return ("\n" + colours.paint(words[1:], finding.get("severity"))
            if page.is_coloured else words)
