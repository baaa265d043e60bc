# SPDX-License-Identifier: MIT
"""refsan explain and refsan options: the tables, for readers.
scripts/docs writes the same into docs/."""

import difflib
import textwrap

from .. import tables
from ..mistake import Mistake

REPORTS_HEAD = """\
# Reports

What each kind of report means, what can go wrong, and how to fix it.
"""
OPTIONS_HEAD = """\
# Options

`REFSAN_OPTIONS=name=value:name=value`, or `refsan run --option name=value`.
A value with a colon in it is quoted. An unknown name or a value that cannot
be is a warning, and the default stays. Names that the sanitizers have, too,
mean the same here.

| Option | Value | Default | |
| --- | --- | --- | --- |
"""


def add_parser(commands):
    explain = commands.add_parser(
        "explain", help="say what a kind of report means",
        description="Says what a kind of report means and what to write "
                    "instead.")
    explain.add_argument("kind", nargs="?", metavar="KIND",
                         help="as in a report's title: incref-after-zero")
    explain.add_argument("--all", action="store_true", help="every kind")
    explain.add_argument("--markdown", action="store_true")
    explain.set_defaults(function=run_explain)
    options = commands.add_parser(
        "options", help="list the options of REFSAN_OPTIONS",
        description="Lists the options of REFSAN_OPTIONS and of "
                    "`refsan run --option`.")
    options.add_argument("--markdown", action="store_true")
    options.set_defaults(function=run_options)


def wrap(words, indent):
    return textwrap.fill(words, 79, initial_indent=indent,
                         subsequent_indent=indent, break_long_words=False,
                         break_on_hyphens=False)


def sentence(words):
    return words[0].upper() + words[1:] + "."


# ---- explain

def run_explain(args):
    kinds = tables.bugs()
    if not args.all and args.kind is None:
        raise Mistake("explain needs a KIND, or --all; there are: "
                      + ", ".join(kind.slug for kind in kinds))
    chosen = kinds if args.all else [find_kind(kinds, args.kind)]
    show = kind_markdown if args.markdown else kind_text
    head = [REPORTS_HEAD] if args.markdown and args.all else []
    print("\n".join(head + [show(kind) for kind in chosen]), end="")
    return 0


def find_kind(kinds, name):
    by_slug = {kind.slug: kind for kind in kinds}
    if name in by_slug:
        return by_slug[name]
    near = difflib.get_close_matches(name, by_slug, 1)
    raise Mistake(f"there is no kind {name}; " +
                  (f"did you mean '{near[0]}'?" if near else
                   "there are: " + ", ".join(by_slug)))


def kind_text(kind):
    return (f"{kind.slug} ({kind.severity})\n"
            f"{wrap(sentence(kind.summary), '  ')}\n\n"
            f"{wrap(kind.why, '  ')}\n\n"
            f"{wrap(f'Instead: {kind.hint}.', '  ')}\n")


def kind_markdown(kind):
    return (f"## {kind.slug}\n\n{sentence(kind.summary)} "
            f"*({kind.severity})*\n\n{kind.why}\n\n"
            f"**Instead:** {kind.hint}.\n")


# ---- options

def run_options(args):
    if args.markdown:
        print(options_markdown(), end="")
        return 0
    for option in tables.options():
        print(f"{option.name}={default_of(option)}")
        print(wrap(f"{option.help} ({values_of(option)})", "    "))
    return 0


def values_of(option):
    """What may be given, in words."""
    if option.type == "BOOL":
        return "0 or 1"
    if option.type == "INT":
        return f"{option.low} to {option.high}"
    if option.type == "CHOICE":
        return ", ".join(option.choices)
    return "text"


def default_of(option):
    """As it is written in REFSAN_OPTIONS."""
    return int(option.default) if option.type == "BOOL" else option.default


def options_markdown():
    rows = []
    for option in tables.options():
        default = "(empty)" if option.default == "" else default_of(option)
        words = option.help.replace("|", "\\|")
        rows.append(f"| `{option.name}` | {values_of(option)} | {default} "
                    f"| {words} |\n")
    return OPTIONS_HEAD + "".join(rows)
