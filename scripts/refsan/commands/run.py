# SPDX-License-Identifier: MIT
"""refsan run: the command as it is, with librefsan.so in front of it.

The child has our stdin, terminal and process group; it notices nothing but two
environment variables and its preload. A terminal's Ctrl-C reaches it without
our help; signals that were sent to us alone are passed on."""

import os

from ..listening.channel import Channel
from ..listening.tally import Tally
from ..mistake import Mistake
from ..options import join
from ..places import find_known, find_library
from ..starting import child
from ..starting.preload import preload

NOT_WATCHED, CANNOT_RUN, NOT_FOUND = 67, 126, 127
PYTEST_USAGE = 4
HELP = """\
Runs COMMAND and the processes it starts, and prints what is wrong with their
reference counting.
"""


def own_options():
    """(flags, what argparse is told of them)"""
    return [
        (("--option",), dict(
            action="append", default=[],
            metavar="NAME=VALUE", type=pair,
            help="an option of `refsan options`; wins over "
                 "REFSAN_OPTIONS")),
        (("--full",), dict(
            action="store_true",
            help="reports with all there is: every frame, "
                 "address and operation that is known")),
        (("--jsonl",), dict(
            metavar="PATH",
            help="append each finding as a line of JSON")),
        (("--log",), dict(
            metavar="PATH",
            help="append reports here and not to stderr")),
        (("--suppressions",), dict(
            metavar="PATH",
            help="file of lines kind:pattern to be silent about")),
        (("--only",), dict(
            action="append", default=[],
            metavar="PACKAGE[,PACKAGE...]",
            help="print what these packages or modules do wrong; "
                 "of others only the number is said, and it does "
                 "not change the exit status")),
        (("--no-follow",), dict(
            action="store_true",
            help="watch the command, not what it starts")),
        (("--require",), dict(
            action="append", default=[],
            metavar="MODULE[=TIER][,nogil]", type=requirement,
            help="end with 67 unless this extension module (or "
                 "package of them) was loaded and watched; TIER "
                 "is stock or instrumented; nogil: and the GIL "
                 "stayed off")),
        (("--threads",), dict(
            metavar="N", type=threads,
            help="each test of pytest on N threads at once, by "
                 "pytest-run-parallel, which has to be installed: "
                 "more threads find more")),
        (("--tsan",), dict(
            nargs="?", const="", metavar="PATH",
            help="let ThreadSanitizer judge which accesses are "
                 "ordered (docs/tsan.md): its shared runtime is "
                 "preloaded into Python processes, the newest "
                 "that is here or the one at PATH")),
        (("--timeout",), dict(
            metavar="SECONDS", type=seconds,
            help="a run that takes longer is ended with status 124, when "
                 "every watched process has said what its threads do and "
                 "wait for (docs/crash.md)")),
        (("-q", "--quiet"), dict(
            action="store_true",
            help="reports only: no line at the end")),
    ]


def add_parser(commands):
    import argparse
    parser = commands.add_parser("run", help="run a command and watch it",
                                 description=HELP,
                                 usage="refsan run [options] [--] COMMAND...")
    for flags, words in own_options():
        parser.add_argument(*flags, **words)
    parser.add_argument("command", nargs=argparse.REMAINDER,
                        metavar="COMMAND")
    parser.set_defaults(function=run)


class Arguments:
    """What the parser returns."""
    def __init__(self, **values):
        vars(self).update(values)


def defaults(command):
    """Of a command line without options."""
    values = {}
    for flags, words in own_options():
        name = flags[-1].lstrip("-").replace("-", "_")
        values[name] = words.get(
            "default", False if words.get("action") == "store_true" else None)
    return Arguments(**values, command=command, function=run)


def pair(text):
    name, equals, value = text.partition("=")
    if not equals or not name:
        raise Mistake("--option needs NAME=VALUE"
                      + guess(text, f", not {text}"))
    if name not in names():
        raise Mistake(f"there is no option {name}"
                      + guess(name, "; see refsan options"))
    return name, value


def seconds(text):
    try:
        number = float(text)
    except ValueError:
        number = 0
    if not 0 < number < 1e9:
        raise Mistake(f"--timeout needs a number of seconds, not {text}")
    return number


def requirement(text):
    from ..listening import require
    return require.parse(text)


def threads(text):
    if not text.isdecimal() or not 1 <= int(text) <= 1000:
        raise Mistake(f"--threads is a number from 1 to 1000, not {text}")
    return int(text)


def names():
    from .. import tables
    return [option.name for option in tables.options()]


def guess(text, otherwise):
    """The end of a sentence about an argument that is no NAME=VALUE."""
    import difflib
    near = difflib.get_close_matches(text, names(), 1)
    return f"; did you mean '{near[0]}=...'?" if near else otherwise


TSAN = "REFSAN_TSAN"  # read by interpose/with_tsan.c


def add_tsan(environment, path):
    """Its runtime, where --tsan asked for it."""
    environment.pop(TSAN, None)
    if path is None:
        return
    from .. import sanitizers
    runtime = sanitizers.choose(path)
    environment[TSAN] = runtime.path
    environment["TSAN_OPTIONS"] = runtime.options(
        os.environ.get("TSAN_OPTIONS", ""))


PYTEST_OPTIONS = "PYTEST_ADDOPTS"


def add_threads(environment, count):
    if count:
        environment[PYTEST_OPTIONS] = " ".join(filter(None, [
            environment.get(PYTEST_OPTIONS), f"--parallel-threads={count}"]))


def make_environment(options, library, *handed_on):
    environment = dict(os.environ)
    environment["LD_PRELOAD"] = preload(library, os.environ.get("LD_PRELOAD"))
    environment["REFSAN_OPTIONS"] = options
    for file in handed_on:
        environment.update(file.environment())
    environment.pop("REFSAN_ONLY_PID", None)
    known = find_known()
    if known:
        environment["REFSAN_KNOWN"] = known
    return environment


def join_options(args):
    pairs = list(args.option)
    if args.suppressions:
        if not os.access(args.suppressions, os.R_OK):
            raise Mistake(f"cannot read --suppressions {args.suppressions}")
        pairs.append(("suppressions", os.path.abspath(args.suppressions)))
    if args.timeout:
        from ..starting import timeout
        pairs += timeout.options(pairs, os.environ.get("REFSAN_OPTIONS"))
    if args.only:
        pairs.append(("only", ",".join(args.only)))
    return join(os.environ.get("REFSAN_OPTIONS"), pairs)


def command_of(words):
    """Without the "--" before it."""
    command = words[1:] if words[:1] == ["--"] else words
    if not command:
        raise Mistake("run needs a COMMAND; see refsan run --help")
    return command


def run(args):
    args.command = command_of(args.command)
    options = join_options(args)
    channel, tally = Channel(), Tally()
    listener = None
    try:
        environment = make_environment(options, find_library(), channel, tally)
        add_tsan(environment, args.tsan)
        add_threads(environment, args.threads)
        started, signals = launch(args, environment)
        # The rest is imported while the program runs.
        from ..listening.listener import Listener
        listener = Listener(args.log and os.path.abspath(args.log),
                            args.jsonl and os.path.abspath(args.jsonl),
                            os.environ.get("LD_PRELOAD"), args.full,
                            args.quiet)
        channel.take = listener.take
        channel.start()
        status = signals.wait(started, args.timeout)
        if status is None:
            status = time_out(args, started, listener)
    finally:
        # Before: a report that finds nobody listen may still be read.
        if listener:
            listener.counts = tally.read()
        channel.close()
    listener.finish(status)
    say_failures(channel.failures, listener)
    return final_status(128 - status if status < 0 else status, listener,
                        channel, args)


def time_out(args, started, listener):
    from ..starting import timeout
    unheard = timeout.end(started, listener)
    listener.note(f"the run was ended after {args.timeout:g} seconds")
    if unheard:
        listener.note("did not say what they do: processes "
                      + ", ".join(map(str, unheard)))
    return timeout.STATUS


def say_failures(failures, listener):
    """Each sentence once."""
    for sentence in dict.fromkeys(failures):
        count = failures.count(sentence)
        times = f" ({count} times)" if count > 1 else ""
        listener.note(f"{sentence}{times}: what it said may be missing above")


def final_status(status, listener, channel, args):
    if status == PYTEST_USAGE and args.threads:
        listener.note(f"--threads gives pytest --parallel-threads="
                      f"{args.threads}, which the package pytest-run-parallel "
                      "has; is it installed?")
    if not listener.watched() and not listener.errors():
        from ..listening import why
        reasons = why.nothing_was_watched(args.command, listener.processes)
        listener.note(f"nothing was watched: {reasons}")
        return status or NOT_WATCHED
    missing = [sentence for requirement in args.require for sentence
               in requirement.failures(listener.processes, listener.modules())]
    for sentence in missing:
        listener.note(f"required: {sentence}")
    if status == 0 and listener.errors():
        status = listener.options.exitcode
    return status or (NOT_WATCHED if missing or channel.failures else 0)


def launch(args, environment):
    """Starts the command; the Child, and the Signals that wait for it."""
    signals = child.Signals()
    try:
        return child.start(args.command, environment, signals,
                           knows_its_pid=args.no_follow), signals
    except OSError as error:
        import shutil
        not_found = isinstance(error, FileNotFoundError)
        name = args.command[0]
        if not_found and shutil.which(name):
            raise Mistake(f"cannot run {name}: its interpreter is not here",
                          CANNOT_RUN) from error
        raise Mistake(f"cannot run {name}: {error.strerror}",
                      NOT_FOUND if not_found else CANNOT_RUN) from error
