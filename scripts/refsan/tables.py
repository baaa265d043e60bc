# SPDX-License-Identifier: MIT
"""The .def tables and the version, as the build wrote them into tables.json
(scripts/tables.c). Rows are objects with a column's name for each field."""

import functools
import json
import types

from .places import find_tables


@functools.cache
def read():
    with open(find_tables(), encoding="utf-8") as file:
        return json.load(file,
                         object_hook=lambda row: types.SimpleNamespace(**row))


def version():
    return read().version


def bugs():
    """slug, severity (error or warning), summary, why, hint."""
    return read().bugs


def hints():
    """bug (the id of a kind), hint: advice by evidence."""
    return read().hints


def options():
    """type, name, default (as the type has it), help; low and high of an int,
    choices of a choice."""
    return read().options


def lost():
    """slug, meaning (the name of one), sentence, cure."""
    return read().lost


def meanings():
    """name, words; those of losses, the worst first."""
    return read().meanings


def provided():
    """What refsan provides where an interpreter lacks it: symbol; on_default
    and on_free_threaded, FULL or HINT (provide.def)."""
    return read().provided


def watched_symbols():
    """The name of every function that refsan hooks."""
    return read().watched
