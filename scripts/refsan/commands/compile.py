# SPDX-License-Identifier: MIT
"""refsan cc, refsan c++: the compiler as it is, with refsan's headers first.

Only calls that compile C or C++ are changed, and only by the include folder and
frame pointers. Everything else the compiler is asked (to link, to preprocess,
what it is) is asked as it stands. The compiler replaces this process, so its
status and output are its own."""

import os
import pathlib
import shlex
import shutil

from ..mistake import Mistake
from ..places import find_instrument

NOT_FOUND, CANNOT_RUN = 127, 126
SOURCES = {".c", ".cc", ".cp", ".cpp", ".cxx", ".c++", ".C", ".CPP", ".m",
           ".mm"}
ASKS = {"-E", "-M", "-MM", "--version", "-dumpversion", "-dumpmachine"}
# Options whose value is the next argument, and could look like a source.
TAKES_VALUE = {"-o", "-I", "-L", "-D", "-U", "-MF", "-MT", "-MQ", "-include",
               "-imacros", "-isystem", "-iquote", "-idirafter", "-isysroot",
               "-Xlinker", "-Xclang", "-Xassembler", "-Xpreprocessor", "-T",
               "-u", "-z", "-arch", "-target", "--sysroot", "-framework"}
COMMANDS = {"cc": ("REFSAN_CC", "cc"), "c++": ("REFSAN_CXX", "c++")}
HELP = """\
Stands for the compiler: CC="refsan cc" CXX="refsan c++". Every reference
operation that is then compiled announces itself to `refsan run`, with file,
line and function; without it the program runs as before. REFSAN_CC and
REFSAN_CXX name the compiler, else cc and c++.
"""


def add_parser(commands):
    """For `refsan --help`: main.py hands these commands to run(), because
    their options are the compiler's."""
    for name in COMMANDS:
        parser = commands.add_parser(
            name, help=f"compile with instrumented headers, in place of {name}",
            description=HELP, usage=f"refsan {name} ARGUMENTS...")
        parser.set_defaults(function=lambda args: 0)


def expand(arguments):
    """The arguments with those of response files (@file), to be looked at."""
    for argument in arguments:
        if argument.startswith("@") and os.path.isfile(argument[1:]):
            text = pathlib.Path(argument[1:]).read_text(errors="replace")
            yield from expand(shlex.split(text))
        else:
            yield argument


def compiles(arguments):
    """Whether these arguments compile C or C++ source."""
    has_source, language, rest = False, None, iter(expand(arguments))
    for argument in rest:
        if argument in ASKS or argument.startswith("-print-"):
            return False
        if argument == "-x":
            language = next(rest, None)
        elif argument.startswith("-x") and len(argument) > 2:
            language = argument[2:]
        elif argument in TAKES_VALUE:
            next(rest, None)
        elif argument == "-" or not argument.startswith("-"):
            has_source |= is_source(argument, language)
    return has_source


def is_source(name, language):
    if language in (None, "none"):
        return pathlib.PurePath(name).suffix in SOURCES
    return language in ("c", "c++", "objective-c", "objective-c++")


def make_command(name, arguments):
    variable, default = COMMANDS[name]
    compiler = shlex.split(os.environ.get(variable) or default)
    if not compiles(arguments):
        return [*compiler, *arguments]
    folder = find_instrument()
    return [*compiler, f"-I{folder}", "-fno-omit-frame-pointer", *arguments]


def run(arguments):
    """Never returns where the compiler can be run."""
    name, *rest = arguments
    command = make_command(name, rest)
    variable = COMMANDS[name][0]
    if shutil.which(command[0]) is None:
        raise Mistake(f"there is no compiler {command[0]}: set {variable}",
                      NOT_FOUND)
    try:
        os.execvp(command[0], command)
    except OSError as error:
        raise Mistake(f"cannot run {command[0]}: {error.strerror}",
                      CANNOT_RUN) from error
