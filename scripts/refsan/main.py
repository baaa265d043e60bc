# SPDX-License-Identifier: MIT
"""The command line, and what holds for all commands."""

import importlib
import os
import sys

from .mistake import Mistake

# The module of each command, which alone is imported when it is named.
COMMANDS = {"run": "run", "cc": "compile", "c++": "compile",
            "doctor": "doctor", "triage": "triage",
            "triage-core": "triage_core", "symbolize": "symbolize",
            "explain": "explain", "options": "reference"}


def joined(arguments):
    """A command of two words is one: triage core. A file of that name has a
    folder: refsan triage ./core."""
    name = "-".join(arguments[:2])
    return [name, *arguments[2:]] if name in COMMANDS else arguments


def modules_for(arguments):
    """Those that may be asked."""
    name = COMMANDS.get(arguments[0]) if arguments else None
    names = [name] if name else dict.fromkeys(COMMANDS.values())
    return [importlib.import_module(f".commands.{name}", __package__)
            for name in names]


def plain_run(module, arguments):
    """What the parser would say of `refsan run [--] COMMAND...`, or None of
    any other command line."""
    words = arguments[1:]
    if arguments[:1] != ["run"] or not words or (
            words[0].startswith("-") and words[0] != "--"):
        return None
    return module.defaults(words)


def parse(modules, arguments):
    from .parser import make_parser
    return make_parser(modules).parse_args(arguments)


def main(arguments=None):
    arguments = joined(sys.argv[1:] if arguments is None else arguments)
    try:
        modules = modules_for(arguments)
        if arguments and COMMANDS.get(arguments[0]) == "compile":
            return modules[0].run(arguments)
        args = plain_run(modules[0], arguments) or parse(modules, arguments)
        return args.function(args)
    except Mistake as mistake:
        print(f"refsan: {mistake}", file=sys.stderr)
        return mistake.status
    except BrokenPipeError:
        # Nobody reads any more; keep the interpreter from complaining, too.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
