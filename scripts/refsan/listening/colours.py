# SPDX-License-Identifier: MIT
"""Reports in colour, as the runtime paints them (report/text_parts.h)."""

import os
import re

RED, YELLOW, BOLD, NONE = "\033[1;31m", "\033[1;33m", "\033[1m", "\033[0m"
HEAD = re.compile(r"^(  )(\S.*:)$", re.MULTILINE)


def wants(option, file):
    """What the option color says, for output to `file`."""
    if option in ("always", "never"):
        return option == "always"
    return file is not None and file.isatty() and os.environ.get("TERM") != "dumb"


def paint(text, severity):
    title, _, rest = text.partition("\n")
    colour = RED if severity == "error" else YELLOW
    return f"{colour}{title}{NONE}\n" + HEAD.sub(rf"\1{BOLD}\2{NONE}", rest)
