# SPDX-License-Identifier: MIT
"""REFSAN_OPTIONS as the command needs it: joined, and the few options that
are the command's business when it listens. The runtime judges the values."""

import time
import re

from .mistake import Mistake

ITEM = re.compile(r"""([^=:]*)(?:=(?:"([^"]*)"?|'([^']*)'?|([^:]*))[^:]*)?""")
TRUE = {"1", "yes", "true"}


def quote(value):
    if ":" not in value and value[:1] not in ("'", '"'):
        return value
    mark = '"' if "'" in value else "'"
    if mark in value:
        raise Mistake(f"an option cannot have both kinds of quotes: {value}")
    return f"{mark}{value}{mark}"


def join(environment, pairs):
    """The user's REFSAN_OPTIONS, then (name, value) pairs, which win."""
    items = [environment] if environment else []
    items += [f"{name}={quote(value)}" for name, value in pairs]
    return ":".join(items)


def parse(text):
    """name -> value, the last one of a name."""
    values, at = {}, 0
    while at < len(text):
        item = ITEM.match(text, at)
        if item[1]:
            values[item[1]] = item[2] or item[3] or item[4] or ""
        at = item.end() + 1
    return values


class Options:
    """What the command does itself, because it listens to the processes."""

    def __init__(self, text):
        self.text = text
        values = parse(text)
        self.log_path = values.get("log_path", "")
        self.jsonl_path = values.get("jsonl_path", "")
        self.color = values.get("color", "auto")
        self.strip_path_prefix = values.get("strip_path_prefix", "")
        self.has_summary = values.get("summary", "1") not in ("0", "no",
                                                              "false")
        self.counts_warnings = values.get("warnings_are_errors") in TRUE
        self.verbosity = self._number(values.get("verbosity"), 0, 2)
        self.exitcode = self._number(values.get("exitcode"), 66, 255)

    @staticmethod
    def _number(value, default, most):
        """The default for what the runtime refuses, too."""
        is_good = value and value.isdecimal() and int(value) <= most
        return int(value) if is_good else default


START = int(time.time())


def expand(template, pid, executable):
    """%p, %t, %e and %% of a path, for one process (runtime/report/output.c)."""
    words = {"p": str(pid), "t": str(START), "e": executable, "%": "%"}
    return re.sub("%(.)", lambda match: words.get(match[1], match[0]),
                  template)
