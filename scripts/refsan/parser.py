# SPDX-License-Identifier: MIT
"""The command line as argparse sees it. Its import takes as long as the start
of Python: main.py does without where it can."""

import argparse
import os
import sys

EPILOG = """\
exit status of run: the command's own; 66 if that would be 0 and errors were
reported (option exitcode); 67 if nothing could be watched, or not all that
was said could be read; 126 and 127 if the command cannot be run; 2 for
mistakes on this command line. Of triage: 1 if there are new bugs.

REFSAN_OPTIONS    options for the runtime, as `refsan options` lists them
REFSAN_LIBRARY    the librefsan.so to use
REFSAN_SYMBOLIZER the llvm-symbolizer or addr2line to use
REFSAN_CC, REFSAN_CXX  the compilers behind refsan cc and refsan c++
REFSAN_PACKAGES   a folder with duckdb or zstandard, for refsan triage
"""


class PrintVersion(argparse.Action):
    def __call__(self, parser, *_):
        from . import tables
        build = tables.build()
        print(f"refsan {tables.version()}\n"
              f"runtime  {build.machine}, {build.type}, {build.compiler}, "
              f"libunwind {build.libunwind}; for CPython 3.12 to 3.15\n"
              f"command  Python {sys.version.split()[0]}, {sys.executable}")
        parser.exit()


class Parser(argparse.ArgumentParser):
    """Its help has a given width: to ask the terminal takes an import, which
    argparse does at each start."""
    def __init__(self, formatter_class=argparse.HelpFormatter, **more):
        columns = os.environ.get("COLUMNS", "")
        width = max(int(columns) if columns.isdecimal() else 80, 40) - 2
        super().__init__(**more, formatter_class=lambda prog: formatter_class(
            prog, width=width))


def make_parser(modules):
    parser = Parser(
        prog="refsan", epilog=EPILOG,
        description="Watches the reference counting of a Python program and "
                    "its extensions, and reports what is wrong.",
        formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--version", action=PrintVersion, nargs=0,
                        help="print the version, and how it was built")
    commands = parser.add_subparsers(prog=parser.prog, title="commands",
                                     metavar="COMMAND", required=True)
    for module in modules:
        module.add_parser(commands)
    return parser
