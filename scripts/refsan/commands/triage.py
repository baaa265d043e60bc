# SPDX-License-Identifier: MIT
"""refsan triage: many reports, of refsan and of other tools, as few bugs."""

import argparse
import contextlib
import os
import sys
import time

from ..mistake import Mistake
from ..triaging import formats, sources, store, views
from ..triaging.baseline import Baseline
from ..triaging.grouping import Bugs
from ..triaging.readers import stream

NEW = 1
PATIENCE = 1.0  # seconds until progress is shown
EVERY = 0.2  # seconds
HELP = """\
Reads reports, groups them by bug, and says of each how often and where it was
seen, how bad it is, and what came of it. FILE is JSON lines of refsan (run
--jsonl, jsonl_path), or a log with reports of ThreadSanitizer, AddressSanitizer,
LeakSanitizer, UndefinedBehaviorSanitizer, valgrind, faulthandler, CPython's
fatal errors or gdb, in any mixture, plain or packed (gz, bz2, xz, zst); "-" is
stdin, and a folder is what --store has written.
"""
EPILOG = """\
Exits with 0; with 1 when --baseline is given and there is an error that is
neither in it nor a consequence of another; with 2 for mistakes on this command
line and files that cannot be read. What cannot be understood in a file is
counted and said, and does not change the status.
"""


def add_parser(commands):
    parser = commands.add_parser(
        "triage", help="group many reports into few bugs",
        description=HELP, epilog=EPILOG)
    parser.add_argument("files", nargs="*", metavar="FILE")
    parser.add_argument("--format", choices=list(formats.WRITERS),
                        default="text", help="of what is written (text)")
    parser.add_argument("--output", "-o", metavar="PATH",
                        help="write there instead of stdout")
    parser.add_argument("--baseline", metavar="PATH",
                        help="the bugs that are known: only others are new")
    parser.add_argument("--update-baseline", action="store_true",
                        help="add what is new to the baseline, and exit with 0")
    parser.add_argument("--warnings-are-errors", action="store_true",
                        help="a new warning counts, too")
    parser.add_argument("--new", action="store_true",
                        help="show only what the baseline does not have")
    parser.add_argument("--suppress", action="store_true",
                        help="say the line that suppresses each bug")
    parser.add_argument("--most", type=int, default=20, metavar="N",
                        help="bugs that are shown in full as text (20)")
    parser.add_argument("--timeline", metavar="BUG",
                        help="write one object's life for Perfetto instead: a "
                             "fingerprint, or an object's address")
    parser.add_argument("--store", metavar="DIR",
                        help="add the reports to a folder of Parquet files "
                             "(needs duckdb)")
    parser.add_argument("--color", choices=["auto", "always", "never"],
                        default="auto", help=argparse.SUPPRESS)
    parser.set_defaults(function=run)


class Progress:
    """On a terminal, when it takes longer than a second."""

    def __init__(self, paths):
        self.is_wanted = sys.stderr.isatty()
        self.total = sum(size_of(path) for path in paths)
        self.start = self.last = time.monotonic()
        self.done, self.is_shown = {}, False

    def __call__(self, source):
        self.done[source.path] = source.bytes
        now = time.monotonic()
        if not self.is_wanted or now - self.last < EVERY or (
                now - self.start < PATIENCE):
            return
        self.last, self.is_shown = now, True
        read = sum(self.done.values())
        share = min(read / self.total, 1) if self.total else 0
        bar = "#" * int(share * 30)
        sys.stderr.write(f"\rrefsan triage: [{bar:<30}] {read >> 20} MiB")
        sys.stderr.flush()

    def close(self):
        if self.is_shown:
            sys.stderr.write("\r\x1b[K")


def size_of(path):
    try:
        return os.path.getsize(path)
    except OSError:
        return 0


def read(paths, folder=None):
    """All of the files; with a folder, into that store, too."""
    with contextlib.ExitStack() as undo:
        bugs = undo.enter_context(contextlib.closing(Bugs()))
        bugs.store = folder and store.Store(folder)
        inputs = read_all(bugs, paths)
        undo.pop_all()
    return bugs, inputs


def read_all(bugs, paths):
    progress, inputs = Progress(paths), []
    try:
        for path in paths:
            source = sources.Source(path)
            inputs.append(source)
            if bugs.store:
                bugs.store.begin(path)
            if os.path.isdir(path):
                store.read(path, bugs, source)
            else:
                stream.read(source, bugs, progress)
        if bugs.store:
            bugs.store.finish()
    finally:
        progress.close()
        if bugs.store:
            bugs.store.close()
    return inputs


def check(args):
    if not args.files:
        raise Mistake("triage needs a FILE, or - for stdin")
    if args.update_baseline and not args.baseline:
        raise Mistake("--update-baseline needs --baseline PATH")
    if args.new and not args.baseline:
        raise Mistake("--new needs --baseline PATH")


def run(args):
    check(args)
    baseline = args.baseline and Baseline(args.baseline).read(
        is_optional=args.update_baseline)
    bugs, inputs = read(args.files, args.store)
    with contextlib.closing(bugs):
        found = views.make_all(bugs, baseline or None)
        write([view for view in found if view["is_new"]] if args.new
              else found, inputs, args)
    status = judge(found, baseline, args) if baseline else 0
    if args.update_baseline:
        baseline.write(found)
        return 0
    return status


def judge(found, baseline, args):
    """A consequence fails nothing: its cause does, if that is new."""
    return NEW if any(
        view["is_new"] and not (view["consequence_of"] and (
            view["cause_is_here"]
            or view["consequence_of"] in baseline.rows))
        and (view["severity"] == "error" or args.warnings_are_errors)
        for view in found) else 0


def write(shown, inputs, args):
    with opened(args.output) as out:
        if args.timeline:
            from ..triaging import timeline
            timeline.write(shown, args.timeline, out)
        else:
            formats.writer(args.format).write(shown, inputs, out, args)
        out.flush()


def cannot_write(path, error):
    return Mistake(f"cannot write {path or 'the output'}: "
                   f"{getattr(error, 'strerror', None) or error}")


@contextlib.contextmanager
def opened(path):
    if path is None or path == "-":
        sys.stdout.reconfigure(encoding="utf-8", errors="backslashreplace")
        file = contextlib.nullcontext(sys.stdout)
    else:
        try:
            file = open(path, "w", encoding="utf-8",
                        errors="backslashreplace")
        except (OSError, ValueError) as error:
            raise cannot_write(path, error) from error
    try:
        with file as out:
            yield out
    except BrokenPipeError:
        raise
    except OSError as error:
        if out is sys.stdout:
            discard(out)
        raise cannot_write(path, error) from error


def discard(out):
    """What could not be written is not tried once more at the end."""
    with contextlib.suppress(OSError, ValueError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), out.fileno())
