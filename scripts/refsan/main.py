# SPDX-License-Identifier: MIT
"""The command line, and what holds for all commands."""

import argparse
import importlib
import os
import sys

from .mistake import Mistake

EPILOG = """\
exit status of run: the command's own; 66 if that would be 0 and errors were
reported (option exitcode); 67 if nothing could be watched, or not all that
was said could be read; 126 and 127 if the command cannot be run; 2 for
mistakes on this command line.

REFSAN_OPTIONS    options for the runtime, as `refsan options` lists them
REFSAN_LIBRARY    the librefsan.so to use
REFSAN_SYMBOLIZER the llvm-symbolizer or addr2line to use
REFSAN_CC, REFSAN_CXX  the compilers behind refsan cc and refsan c++
"""


# The module of each command, which alone is imported when it is named.
COMMANDS = {"run": "run", "cc": "compile", "c++": "compile",
            "doctor": "doctor", "symbolize": "symbolize",
            "explain": "explain", "options": "reference"}


class PrintVersion(argparse.Action):
    def __call__(self, parser, *_):
        from . import tables
        print(f"refsan {tables.version()}")
        parser.exit()


class Parser(argparse.ArgumentParser):
    """Its help has a given width: to ask the terminal takes an import, which
    argparse does at each start."""
    def __init__(self, formatter_class=argparse.HelpFormatter, **more):
        columns = os.environ.get("COLUMNS", "")
        width = max(int(columns) if columns.isdecimal() else 80, 40) - 2
        super().__init__(**more, formatter_class=lambda prog: formatter_class(
            prog, width=width))


def modules_for(arguments):
    """Those that may be asked."""
    name = COMMANDS.get(arguments[0]) if arguments else None
    names = [name] if name else dict.fromkeys(COMMANDS.values())
    return [importlib.import_module(f".commands.{name}", __package__)
            for name in names]


def make_parser(modules):
    parser = Parser(
        prog="refsan", epilog=EPILOG,
        description="Watches the reference counting of a Python program and "
                    "its extensions, and reports what is wrong.",
        formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--version", action=PrintVersion, nargs=0,
                        help="print the version and exit")
    commands = parser.add_subparsers(prog=parser.prog, title="commands",
                                     metavar="COMMAND", required=True)
    for module in modules:
        module.add_parser(commands)
    return parser


def main(arguments=None):
    arguments = sys.argv[1:] if arguments is None else arguments
    try:
        modules = modules_for(arguments)
        if arguments and COMMANDS.get(arguments[0]) == "compile":
            return modules[0].run(arguments)
        args = make_parser(modules).parse_args(arguments)
        return args.function(args)
    except Mistake as mistake:
        print(f"refsan: {mistake}", file=sys.stderr)
        return mistake.status
    except BrokenPipeError:
        # Nobody reads any more; keep the interpreter from complaining, too.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
