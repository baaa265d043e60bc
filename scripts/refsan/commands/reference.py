# SPDX-License-Identifier: MIT
"""refsan options: the table of options, for readers. scripts/docs writes the
same into docs/options.md."""

import textwrap

from .. import tables

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
