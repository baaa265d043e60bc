# SPDX-License-Identifier: MIT
"""refsan explain: what a kind of report means, with an example and its cure.
scripts/docs writes the same words into docs/reports.md."""

import difflib
import shutil
import sys
import textwrap

from .. import tables
from ..reporting import colours
from ..mistake import Mistake

REPORTS_HEAD = """\
# Reports

What each kind of report means, what can go wrong, and how to fix it.
"""
HELP = """\
Says what a kind of report means, what can go wrong, what to write instead, and
shows a small program with the mistake and its cure. Without KIND it lists all
kinds. Exits with 2 for a kind that does not exist.
"""
NARROW, WIDE = 40, 100  # lines longer than that are hard to read
GREEN = "\033[32m"
KEY = "- the mistake, + the cure"
HELPERS = "EXT_… and ext_… are helpers of refsan's tests, where this is from."


def add_parser(commands):
    parser = commands.add_parser(
        "explain", help="say what a kind of report means", description=HELP)
    parser.add_argument("kind", nargs="?", metavar="KIND",
                        help="as in a report's title: incref-after-zero")
    parser.add_argument("--all", action="store_true",
                        help="explain every kind")
    parser.add_argument("--markdown", action="store_true",
                        help="print Markdown, without examples")
    parser.set_defaults(function=run)


def sentence(words):
    return words[0].upper() + words[1:] + "."


def run(args):
    sys.stdout.reconfigure(errors="replace")
    kinds = tables.bugs()
    if args.kind is not None:
        kinds = [find_kind(kinds, args.kind)]
    elif not args.all:
        print_list(kinds)
        return 0
    if args.markdown:
        head = [REPORTS_HEAD] if args.all else []
        print("\n".join(head + [kind_markdown(kind) for kind in kinds]),
              end="")
        return 0
    page = Page()
    for number, kind in enumerate(kinds):
        if number:
            print()
        page.show(kind, tables.examples()[kind.slug])
    return 0


def find_kind(kinds, name):
    by_slug = {kind.slug: kind for kind in kinds}
    if name in by_slug:
        return by_slug[name]
    near = difflib.get_close_matches(name, by_slug, 1)
    raise Mistake(f"there is no kind {name}; " +
                  (f"did you mean '{near[0]}'?" if near else
                   "refsan explain lists them"))


def columns():
    """Of the terminal; without one, of a page."""
    return max(NARROW, min(WIDE, shutil.get_terminal_size((80, 0)).columns))


def print_list(kinds):
    """One line each, cut only where a terminal would break it."""
    longest = max(len(kind.slug) for kind in kinds)
    for kind in kinds:
        line = f"{kind.slug:{longest}}  {kind.severity:7}  {kind.summary}"
        if sys.stdout.isatty() and len(line) > columns():
            line = line[:columns() - 1] + "…"
        print(line)


class Page:
    """Prints kinds as wide as the terminal, and in colour only there."""

    def __init__(self):
        self.width = columns() - 1
        self.has_colours = colours.wants("auto", sys.stdout)

    def paint(self, colour, words):
        if not self.has_colours or not words:
            return words
        return f"{colour}{words}{colours.NONE}"

    def wrap(self, words):
        print(textwrap.fill(words, self.width, initial_indent="  ",
                            subsequent_indent="  ", break_long_words=False,
                            break_on_hyphens=False))

    def head(self, words):
        print("\n" + self.paint(colours.BOLD, words))

    def show(self, kind, example):
        colour = colours.RED if kind.severity == "error" else colours.YELLOW
        print(self.paint(colour, f"{kind.slug} ({kind.severity})"))
        self.wrap(sentence(kind.summary))
        self.head("What can go wrong")
        self.wrap(kind.why)
        self.head("What to write instead")
        self.wrap(sentence(kind.hint))
        self.head("Example")
        for words in example["about"]:
            self.wrap(words)
        for url in example["like"]:
            print(f"  like {url}")
        self.program(example["lines"])

    def program(self, lines):
        """As a diff: the mistake and its cure side by side."""
        self.head(KEY)
        colour = {"-": colours.RED, "+": GREEN, " ": ""}
        for mark, line in lines:
            words = f"{mark} {line}".rstrip()
            print(self.paint(colour[mark], words) if mark != " " else words)
        if any("EXT_" in line or "ext_" in line for _, line in lines):
            print()
            self.wrap(HELPERS)


def kind_markdown(kind):
    return (f"## {kind.slug}\n\n{sentence(kind.summary)} "
            f"*({kind.severity})*\n\n{kind.why}\n\n"
            f"**Instead:** {kind.hint}.\n")
