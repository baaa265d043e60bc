# SPDX-License-Identifier: MIT
"""The command line, and what holds for all commands."""

import argparse
import os
import sys

from . import tables
from .commands import compile, doctor, explain, reference, run, symbolize
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


class PrintVersion(argparse.Action):
    def __call__(self, parser, *_):
        print(f"refsan {tables.version()}")
        parser.exit()


def make_parser():
    parser = argparse.ArgumentParser(
        prog="refsan", epilog=EPILOG,
        description="Watches the reference counting of a Python program and "
                    "its extensions, and reports what is wrong.",
        formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--version", action=PrintVersion, nargs=0,
                        help="print the version and exit")
    commands = parser.add_subparsers(title="commands", metavar="COMMAND",
                                     required=True)
    for module in run, compile, doctor, symbolize, explain, reference:
        module.add_parser(commands)
    return parser


def main(arguments=None):
    arguments = sys.argv[1:] if arguments is None else arguments
    try:
        if compile.stands_for(arguments):
            return compile.run(arguments)
        args = make_parser().parse_args(arguments)
        return args.function(args)
    except Mistake as mistake:
        print(f"refsan: {mistake}", file=sys.stderr)
        return mistake.status
    except BrokenPipeError:
        # Nobody reads any more; keep the interpreter from complaining, too.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
