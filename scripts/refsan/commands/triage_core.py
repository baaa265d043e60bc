# SPDX-License-Identifier: MIT
"""refsan triage core: what a core file says of the crash that left it."""

import argparse
import json
import os
import sys

from ..listening import losses
from ..listening.words import counted
from ..mistake import Mistake
from ..reporting import page as pages
from ..reporting.report import DAMAGE
from ..reporting.story import story
from ..reporting.surroundings import surroundings
from ..symbolizing.frames import Frames
from ..symbolizing.symbolizer import Symbolizer
from . import triage

HELP = """\
Reads refsan's memory, and Python's, out of a core file of a process that ran
under refsan, and says what a crash report says: which objects the crashing
thread had at hand and what had become of them, where all threads were, and
what they did last. CORE is a file of the kernel's, of gcore or of
systemd-coredump, plain or packed (lz4, xz, zst, gz, bz2); "-" is stdin.
Programs and libraries that are here as they were loaded give names of
functions and lines; without them there are addresses.
"""
EPILOG = """\
Exits with 0; with 2 for mistakes on this command line, and for a file that
cannot be read, is no core, or has no refsan in it.
"""
ALL = 1  # verbosity: every loss is said
ALIVE = "the process had not crashed: this is where it was"


def add_parser(commands):
    parser = commands.add_parser(
        "triage-core", prog="refsan triage core",
        help="explain a crash by its core file (triage core)", description=HELP,
        epilog=EPILOG)
    parser.add_argument("core", metavar="CORE")
    parser.add_argument("--exe", metavar="PYTHON",
                        help="the program that crashed, where it is not at "
                             "the path that the core names")
    parser.add_argument("--jsonl", metavar="PATH",
                        help="append the finding as a line of JSON, which "
                             "refsan triage reads with others")
    parser.add_argument("--color", choices=["auto", "always", "never"],
                        default="auto", help=argparse.SUPPRESS)
    parser.set_defaults(function=run)


def run(args):
    from ..triaging.cores.explain import explain
    if args.exe and not os.path.isfile(args.exe):
        raise Mistake(f"--exe: there is no file {args.exe}")
    explained = explain(args.core, args.exe)
    symbolize(explained.finding)
    if args.jsonl:
        save(explained, args.jsonl)
    with triage.opened(None) as out:
        out.write(words(explained, pages.for_file(out, args.color)))
        out.flush()
    return 0


def note(sentence):
    print(f"refsan: {sentence}", file=sys.stderr)


def symbolize(finding):
    """Puts files and lines in."""
    symbolizer = Symbolizer(note)
    frames = Frames(symbolizer)
    crash = finding["crash"]
    try:
        frames.finding(finding)
        frames.finding({"stacks": crash["threads"],
                        "history": crash["operations"]})
    finally:
        symbolizer.close()


def save(explained, path):
    if not explained.is_crash:
        raise Mistake("--jsonl: " + ALIVE.partition(":")[0])
    try:
        with open(path, "a", encoding="utf-8") as file:
            file.write(json.dumps(explained.finding, ensure_ascii=False)
                       + "\n")
    except (OSError, ValueError) as error:
        raise triage.cannot_write(path, error) from error


def words(explained, page):
    finding, crash = explained.finding, explained.finding["crash"]
    if not explained.is_crash:
        crash["threads"].insert(0, own_thread(finding))
    # The threads are shown below.
    head = {**finding, "crash": {**crash, "threads": [],
                                 "silent_threads": 0}}
    try:
        text = (story(head, page) if explained.is_crash else
                page.paint([("strong", f"refsan: {ALIVE}")]) + "\n")
        text += surroundings(finding, page)
    except DAMAGE:
        text = json.dumps(finding) + "\n"
    return text + "".join(page.paint(line) + "\n"
                          for line in after(explained, page))


def own_thread(finding):
    """The one that the core is of, among the others."""
    act = finding["stacks"][0]
    names = {row["id"]: row["name"] for row in finding["threads"]}
    return {"thread": act["thread"], "name": names.get(act["thread"]),
            "others": 0, "frames": act["frames"], "python": act["python"]}


def after(explained, page):
    """What it rests on, and what is missing."""
    finding = explained.finding
    yield from keyed("seen", f"refsan {explained.version}, "
                     f"{finding['tier']} tier on "
                     f"{finding['host'] or 'no interpreter'}: "
                     f"{counted(explained.operations, 'operation')} of "
                     f"{counted(explained.known_threads, 'thread')}, births "
                     f"and deaths {'' if explained.sees_lives else 'not '}"
                     "seen; "
                     f"{counted(explained.threads, 'thread')} in the core",
                     page)
    for line in losses.lines(explained.lost, ALL):
        yield from keyed("lost", line, page)
    if explained.missing:
        yield from keyed("core", "is cut short: its last "
                         f"{explained.missing:,} bytes are missing", page)
    for path, build_id in explained.others:
        words = f" (BuildId {build_id})" if build_id else ""
        yield from keyed("file", f"{path} is not the one that was loaded"
                         f"{words}", page)


def keyed(key, sentence, page):
    rows = pages.wrap(sentence, page.width - 12)
    for at, row in enumerate(rows):
        yield [("weak", f"  {key if not at else '':<10}"), ("plain", row)]
