# SPDX-License-Identifier: MIT
"""refsan explain and refsan options: the .def tables, for readers.
scripts/docs writes the same into docs/."""

import difflib
import textwrap

import tables

from .mistake import Mistake

SEVERITY = {"ERROR": "error", "WARNING": "warning"}
REPORTS_HEAD = """\
# Reports

What each kind of report means, what can go wrong, and what to write instead.
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
        raise Mistake("explain wants a KIND, or --all; there are: "
                      + ", ".join(slug for slug, *_ in kinds))
    chosen = kinds if args.all else [find_kind(kinds, args.kind)]
    show = kind_markdown if args.markdown else kind_text
    head = [REPORTS_HEAD] if args.markdown and args.all else []
    print("\n".join(head + [show(*kind) for kind in chosen]), end="")
    return 0


def find_kind(kinds, name):
    for kind in kinds:
        if kind[0] == name:
            return kind
    slugs = [slug for slug, *_ in kinds]
    near = difflib.get_close_matches(name, slugs, 1)
    raise Mistake(f"there is no kind {name}; " +
                  (f"nearest is {near[0]}" if near else
                   "there are: " + ", ".join(slugs)))


def kind_text(slug, severity, summary, why, hint):
    return (f"{slug} ({SEVERITY[severity]})\n{wrap(sentence(summary), '  ')}"
            f"\n\n{wrap(why, '  ')}\n\n{wrap(f'Instead: {hint}.', '  ')}\n")


def kind_markdown(slug, severity, summary, why, hint):
    return (f"## {slug}\n\n{sentence(summary)} *({SEVERITY[severity]})*\n\n"
            f"{why}\n\n**Instead:** {hint}.\n")


# ---- options

def run_options(args):
    if args.markdown:
        print(options_markdown(), end="")
        return 0
    for kind, name, default, low, high, words in tables.options():
        values, default = option_value(kind, default, low, high)
        print(f"{name}={default}\n{wrap(f'{words} ({values})', '    ')}")
    return 0


def option_value(kind, default, low, high):
    """(what may be given, the default) in words."""
    if kind == "BOOL":
        return "0 or 1", default
    if kind == "INT":
        return f"{low} to {high}", default
    if kind == "CHOICE":
        return ", ".join(low.split("|")), default
    return "text", default


def options_markdown():
    rows = []
    for kind, name, default, low, high, words in tables.options():
        values, default = option_value(kind, default, low, high)
        words = words.replace("|", "\\|")
        rows.append(f"| `{name}` | {values} | {default or '(empty)'} "
                    f"| {words} |\n")
    return OPTIONS_HEAD + "".join(rows)
