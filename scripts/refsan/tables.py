# SPDX-License-Identifier: MIT
"""The .def tables and the version, as the build wrote them into tables.json
(scripts/tables.c). Rows are objects with a column's name for each field."""

import functools

from .places import find_examples, find_tables


@functools.cache
def read():
    import json
    import types
    with open(find_tables(), encoding="utf-8") as file:
        return json.load(file,
                         object_hook=lambda row: types.SimpleNamespace(**row))


@functools.cache
def examples():
    """slug -> an example of the kind, as scripts/examples.py says."""
    import json
    with open(find_examples(), encoding="utf-8") as file:
        return json.load(file)


def version():
    return read().version


def build():
    """machine, type, compiler, libunwind ("shared" or "linked in")."""
    return read().build


def bugs():
    """slug, severity (error or warning), headline, summary, why, hint."""
    return read().bugs


@functools.cache
def kinds():
    """The rows of bugs(), by slug."""
    return {kind.slug: kind for kind in bugs()}


def hints():
    """bug (the id of a kind), hint: advice by evidence."""
    return read().hints


@functools.cache
def roles():
    """What a short report calls a stack, by the "role" of JSON."""
    return {role.slug: role.label for role in read().roles}


@functools.cache
def events():
    """What a report calls an operation, by the "op" of JSON."""
    return {event.id.lower(): event.phrase for event in read().events}


@functools.cache
def evidence():
    """The sentence, by the word of JSON."""
    return {fact.slug: fact.sentence for fact in read().evidence}


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


def tally():
    """The names of its words."""
    return read().tally


def lenders():
    """The functions that lend what may go away: symbol, is_watched."""
    return read().lenders


def fault_reasons():
    """signal, code, sentence: what the kernel means."""
    return read().fault_reasons


def fault_sent():
    """by_itself, sentence: of a signal that a process sent."""
    return read().fault_sent


def crash_patterns():
    """byte, sentence: what memory is filled with."""
    return read().crash_patterns


@functools.cache
def crash_words():
    """Formats for the % operator, by slug."""
    return {row.slug: row.words for row in read().crash_words}


def helper_prefixes():
    """How names of functions begin that name no place."""
    return tuple(read().helper_prefixes)


def counting_words():
    """What functions that only count are called by."""
    return tuple(read().counting_words)


def abi():
    """The version of what instrumented code announces itself by."""
    return read().abi
