# SPDX-License-Identifier: MIT
"""refsan run: the command as it is, with librefsan.so in front of it.

The child has our stdin, terminal and process group; it notices nothing but two
environment variables and its preload. A terminal's Ctrl-C reaches it without
our help; signals that were sent to us alone are passed on."""

import argparse
import collections
import difflib
import hashlib
import os
import re
import shutil
import signal
import subprocess
import tempfile

from .. import inherited, sanitizers, tables
from ..listening import require, why
from ..listening.channel import Channel
from ..listening.listener import Listener
from ..mistake import Mistake
from ..options import join
from ..places import find_library

FORWARDED = {signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT,
             signal.SIGUSR1, signal.SIGUSR2}
# libasan.so.8, libclang_rt.asan-x86_64.so
MUST_BE_FIRST = re.compile(r"lib(clang_rt\.)?(a|hwa|l)san[.\-_]")
NOT_WATCHED, CANNOT_RUN, NOT_FOUND = 67, 126, 127
HELP = """\
Runs COMMAND and the processes it starts, and prints what is wrong with their
reference counting.
"""


def add_parser(commands):
    parser = commands.add_parser("run", help="run a command and watch it",
                                 description=HELP,
                                 usage="refsan run [options] [--] COMMAND...")
    parser.add_argument("--option", action="append", default=[],
                        metavar="NAME=VALUE", type=pair,
                        help="an option of `refsan options`; wins over "
                             "REFSAN_OPTIONS")
    parser.add_argument("--jsonl", metavar="PATH",
                        help="append each finding as a line of JSON")
    parser.add_argument("--log", metavar="PATH",
                        help="append reports here and not to stderr")
    parser.add_argument("--suppressions", metavar="PATH",
                        help="file of lines kind:pattern to be silent about")
    parser.add_argument("--no-follow", action="store_true",
                        help="watch the command, not what it starts")
    parser.add_argument("--require", action="append", default=[],
                        metavar="MODULE[=TIER][,nogil]", type=require.parse,
                        help="end with 67 unless this extension module (or "
                             "package of them) was loaded and watched; TIER "
                             "is stock or instrumented; nogil: and the GIL "
                             "stayed off")
    parser.add_argument("--tsan", nargs="?", const="", metavar="PATH",
                        help="let ThreadSanitizer judge which accesses are "
                             "ordered (docs/tsan.md): its shared runtime is "
                             "preloaded into Python processes, the newest "
                             "that is here or the one at PATH")
    parser.add_argument("-q", "--quiet", action="store_true",
                        help="reports only: no line at the end")
    parser.add_argument("command", nargs=argparse.REMAINDER,
                        metavar="COMMAND")
    parser.set_defaults(function=run)


def pair(text):
    name, equals, value = text.partition("=")
    if not equals or not name:
        raise Mistake("--option needs NAME=VALUE"
                      + guess(text, f", not {text}"))
    if name not in names():
        raise Mistake(f"there is no option {name}"
                      + guess(name, "; see refsan options"))
    return name, value


def names():
    return [option.name for option in tables.options()]


def guess(text, otherwise):
    """The end of a sentence about an argument that is no NAME=VALUE."""
    near = difflib.get_close_matches(text, names(), 1)
    return f"; did you mean '{near[0]}=...'?" if near else otherwise


def preload(library, present):
    """LD_PRELOAD with our library first, but for AddressSanitizer's runtime,
    which insists on being that. Its path cannot have spaces or colons; a link
    to it can do without."""
    if any(mark in library for mark in " :"):
        library = link_to(library)
    others = [path for path in re.split("[ :]+", present or "") if path]
    first = [path for path in others
             if MUST_BE_FIRST.match(os.path.basename(path))]
    rest = [path for path in others if path not in first]
    return ":".join([*first, library, *rest])


def link_to(library):
    """The link stays: processes that outlive us load by its path, so nobody
    else may ever make a folder at its place."""
    name = hashlib.sha256(os.fsencode(library)).hexdigest()[:16]
    for base in (os.environ.get("XDG_RUNTIME_DIR"),
                 os.path.expanduser("~/.cache")):
        folder = base and os.path.join(base, "refsan", name)
        if not folder or not folder.startswith("/") or any(
                mark in folder for mark in " :"):
            continue
        try:
            os.makedirs(folder, mode=0o700, exist_ok=True)
            status = os.lstat(folder)
        except OSError:
            continue
        if status.st_uid == os.geteuid() and not status.st_mode & 0o022:
            break
    else:
        folder = tempfile.mkdtemp(prefix="refsan-")
    link = os.path.join(folder, os.path.basename(library))
    try:
        os.symlink(library, link)
    except FileExistsError:
        pass
    return link


def make_environment(options, channel, library, tsan):
    environment = dict(os.environ)
    environment["LD_PRELOAD"] = preload(library, os.environ.get("LD_PRELOAD"))
    environment["REFSAN_OPTIONS"] = options
    environment.update(channel.environment())
    environment.pop("REFSAN_ONLY_PID", None)
    environment.pop(sanitizers.VARIABLE, None)
    if tsan:
        environment[sanitizers.VARIABLE] = tsan.path
        environment["TSAN_OPTIONS"] = tsan.options(
            os.environ.get("TSAN_OPTIONS", ""))
    return environment


def join_options(args):
    pairs = list(args.option)
    if args.suppressions:
        if not os.access(args.suppressions, os.R_OK):
            raise Mistake(f"cannot read --suppressions {args.suppressions}")
        pairs.append(("suppressions", os.path.abspath(args.suppressions)))
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
    library = find_library()
    tsan = None if args.tsan is None else sanitizers.choose(args.tsan)
    listener = Listener(args.log and os.path.abspath(args.log),
                        args.jsonl and os.path.abspath(args.jsonl),
                        os.environ.get("LD_PRELOAD"))
    channel = Channel(listener.take)
    try:
        environment = make_environment(options, channel, library, tsan)
        status = watch(args, environment, channel)
    finally:
        channel.close()
    listener.finish(args.quiet)
    say_failures(channel.failures, listener)
    return final_status(status, listener, channel, args)


def say_failures(failures, listener):
    """Each sentence once."""
    for sentence, count in collections.Counter(failures).items():
        times = f" ({count} times)" if count > 1 else ""
        listener.note(f"{sentence}{times}: what it said may be missing above")


def final_status(status, listener, channel, args):
    if not listener.watched():
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


class Signals:
    """Takes the signals that are for the child."""

    def __init__(self):
        self.early = []
        self.wanted = set()
        self.before = {number: signal.getsignal(number)
                       for number in FORWARDED}
        for number in FORWARDED:
            if self.before[number] != signal.SIG_IGN:
                signal.signal(number, lambda number, _:
                              self.early.append(number))

    def block(self):
        """From now on they wait for wait(). Before other threads start, which
        would get them."""
        self.wanted = {number for number in FORWARDED
                       if self.before[number] != signal.SIG_IGN}
        signal.pthread_sigmask(signal.SIG_BLOCK,
                               self.wanted | {signal.SIGCHLD})

    def wait(self, child):
        """Until the child has ended; its status."""
        for number in self.early:
            send(child, number)
        while child.poll() is None:
            info = signal.sigtimedwait(self.wanted | {signal.SIGCHLD}, 1)
            # si_code > 0 is the kernel's: a terminal tells the whole group.
            if info and info.si_signo in self.wanted and info.si_code <= 0:
                send(child, info.si_signo)
        return child.returncode


def send(child, number):
    if child.poll() is None:
        child.send_signal(number)


def watch(args, environment, channel):
    """Runs the command; the status a shell would give."""
    try:
        signals = Signals()
        with inherited.dispositions() as restore_signals:
            child = subprocess.Popen(
                args.command, env=None if args.no_follow else environment,
                preexec_fn=only_me(environment) if args.no_follow else None,
                close_fds=False, restore_signals=restore_signals)
    except OSError as error:
        not_found = isinstance(error, FileNotFoundError)
        name = args.command[0]
        if not_found and shutil.which(name):
            raise Mistake(f"cannot run {name}: its interpreter is not here",
                          CANNOT_RUN) from error
        raise Mistake(f"cannot run {name}: {error.strerror}",
                      NOT_FOUND if not_found else CANNOT_RUN) from error
    signals.block()
    channel.start()
    status = signals.wait(child)
    return 128 - status if status < 0 else status


def only_me(environment):
    """Called in the child: the process that may be watched is this one."""
    def prepare():
        os.environ.clear()
        os.environ.update(environment, REFSAN_ONLY_PID=str(os.getpid()))
    return prepare
