# SPDX-License-Identifier: MIT
"""refsan symbolize: files and lines into reports that were written without
them, on this machine or one with the same files."""

import json
import sys

from ..mistake import Mistake
from ..symbolizing.frames import Frames
from ..symbolizing.symbolizer import Symbolizer


def add_parser(commands):
    parser = commands.add_parser(
        "symbolize", help="put files and lines into a log",
        description="Copies a log of reports, as text or as lines of JSON, to "
                    "stdout, with the file and line of each native frame.")
    parser.add_argument("file", nargs="?", default="-", metavar="FILE",
                        help="the log; - is stdin")
    parser.add_argument("--strip-path-prefix", default="", metavar="PREFIX",
                        help="cut this from the front of file names")
    parser.set_defaults(function=run)


def note(sentence):
    print(f"refsan: {sentence}", file=sys.stderr)


def run(args):
    symbolizer = Symbolizer(note)
    frames = Frames(symbolizer, args.strip_path_prefix)
    try:
        with open_log(args.file) as log:
            copy(log, frames)
    except OSError as error:
        raise Mistake(f"cannot read {args.file}: {error.strerror}") from error
    finally:
        symbolizer.close()
    return 0


def open_log(path):
    if path == "-":
        return open(0, encoding="utf-8", errors="surrogateescape",
                    closefd=False)
    return open(path, encoding="utf-8", errors="surrogateescape")


def copy(log, frames):
    """Line by line; runs of frames together, because inlined functions make
    them longer."""
    sys.stdout.reconfigure(errors="surrogateescape")
    block = []
    for line in log:
        if not line.startswith("{"):
            block.append(line)
            if line.lstrip().startswith("#"):
                continue
        sys.stdout.write(frames.text("".join(block)))
        block = []
        if line.startswith("{"):
            sys.stdout.write(json_line(line, frames))
    sys.stdout.write(frames.text("".join(block)))


def json_line(line, frames):
    """A finding, done; any other line of JSON, as it was."""
    try:
        finding = json.loads(line)
        frames.finding(finding)
    except (ValueError, KeyError, TypeError, AttributeError):
        return line
    return json.dumps(finding, ensure_ascii=False) + "\n"
