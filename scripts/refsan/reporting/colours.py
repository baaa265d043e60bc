# SPDX-License-Identifier: MIT
"""Reports in colour: the short ones by styles, the runtime's own text as it
paints it itself (report/text_parts.h)."""

import os
import re

RED, YELLOW, BOLD, NONE = "\033[1;31m", "\033[1;33m", "\033[1m", "\033[0m"
# Legible on light and on dark. gcc's colours for errors and warnings.
STYLES = {"error": RED, "warning": "\033[1;35m", "strong": BOLD,
          "act": "\033[1;36m", "weak": "\033[2m", "plain": ""}
HEAD = re.compile(r"^(  )(\S.*:)$", re.MULTILINE)


def wants(option, file):
    """What the option color says, for output to `file`; where it is auto,
    what NO_COLOR and FORCE_COLOR say, or whether it is a terminal."""
    if option in ("always", "never"):
        return option == "always"
    if os.environ.get("NO_COLOR"):
        return False
    if os.environ.get("FORCE_COLOR", "0") not in ("", "0"):
        return True
    return (file is not None and file.isatty()
            and os.environ.get("TERM") != "dumb")


def styled(text, style):
    """Nothing is painted without words."""
    return f"{STYLES[style]}{text}{NONE}" if STYLES[style] and text else text


def paint(text, severity):
    """The runtime's text."""
    title, _, rest = text.partition("\n")
    colour = RED if severity == "error" else YELLOW
    return f"{colour}{title}{NONE}\n" + HEAD.sub(rf"\1{BOLD}\2{NONE}", rest)
