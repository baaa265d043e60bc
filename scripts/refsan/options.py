# SPDX-License-Identifier: MIT
"""REFSAN_OPTIONS as the command passes it on. The runtime alone parses it, and
says in a process's first record what came of it."""

import time

from .mistake import Mistake


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


def values(said=None):
    """An object with the value of each option: what a process said, else the
    default. ValueError where it said something of another type."""
    import types

    from . import tables
    defaults = {option.name: option.default for option in tables.options()}
    for name, value in (said or {}).items():
        if not isinstance(value, type(defaults.get(name, value))):
            raise ValueError(f"the option {name} is {value!r}")
    return types.SimpleNamespace(**{**defaults, **(said or {})})


START = int(time.time())


def expand(template, pid, executable):
    """%p, %t, %e and %% of a path, for one process (report/output.c)."""
    import re
    words = {"p": str(pid), "t": str(START), "e": executable, "%": "%"}
    return re.sub("%(.)", lambda match: words.get(match[1], match[0]),
                  template)
