# SPDX-License-Identifier: MIT
"""The .def tables, as tests and scripts/docs read them."""

import pathlib
import re

ROOT = pathlib.Path(__file__).resolve().parent.parent
STRING = r'"((?:[^"\\]|\\.)*)"'


def rows(table, macro):
    """The arguments of each `macro(...)` in a table, strings without their
    quotes, adjacent strings joined."""
    text = (ROOT / table).read_text()
    text = re.sub(r"/\*.*?\*/", "", text, flags=re.DOTALL)
    text = re.sub(r'"\s*\n?\s*"', "", text)
    word = rf"(?:^|,)\s*(?:{STRING}|([^,\"()]*?))\s*(?=,|$)"
    for line in re.finditer(rf"^{macro}\(((?:{STRING}|[^\"()])*)\)", text,
                            re.MULTILINE):
        yield [string or plain.strip()
               for string, plain in re.findall(word, line[1])]


def bugs():
    """(slug, severity, summary, why, hint) of every kind of bug."""
    return [tuple(row[1:]) for row in rows("runtime/bugs.def", "RS_BUG")]


def options():
    """(type, name, default, low, high, help) of every option."""
    return [tuple(row)
            for row in rows("runtime/options.def", "RS_OPTION")]


def provided():
    """{symbol: (on_default, on_free_threaded)} of what refsan provides where
    an interpreter lacks it: FULL or HINT (provide.def)."""
    return {symbol: (default, threaded) for symbol, _, default, threaded in
            rows("runtime/provide.def", "RS_PROVIDE")}


def watched_symbols():
    """The name of every function in symbols.def that refsan hooks."""
    text = (ROOT / "interpose/symbols.def").read_text()
    return re.findall(r"^RS_API_(?!UNWATCHED)\w+\((\w+)", text, re.MULTILINE)
