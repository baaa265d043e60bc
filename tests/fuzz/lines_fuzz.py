#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""lines_fuzz.py -- lines of the channel and answers of a symbolizer, changed at
random from a fixed seed: `refsan run` may say that one was damaged, and never
ends with a traceback, forges a line, or speaks to the terminal.

    tests/fuzz/lines_fuzz.py [--runs N | --seconds N] [--keep FOLDER] [FILE...]

What breaks it is written to FOLDER; a FILE of those is run instead."""

import argparse
import contextlib
import io
import json
import os
import pathlib
import random
import re
import sys
import time
import traceback
from unittest import mock

FOLDER = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(FOLDER.parents[1] / "scripts"))

from refsan.commands import run as command  # noqa: E402
from refsan.listening import channel, listener, require  # noqa: E402
from refsan.symbolizing import frames, symbolizer  # noqa: E402

SEEDS = FOLDER / "seeds"
HARMFUL = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069]")
TOKENS = [b"null", b"[]", b"{}", b"-1", b"1e999", b'""', b"true", b'"\\n"',
          b'"\\u202e"', b'"\\ud800"', b"\xff", b"\n", b"0x", b"#0 ", b"??:0",
          b"99999999999999999999", b'{"type":"', b'"pid":', b'"text":', b"\0"]
VALUES = [None, [], {}, -1, 1e308, "", True, "\n#0 0x1 (/x+0x1)", "\u202e",
          "\ud800", 1 << 70, "%p", [None], {"frames": 1}, "error"]


def change_bytes(chance, text):
    at = chance.randrange(len(text) + 1)
    end = min(len(text), at + chance.randrange(9))
    kind = chance.randrange(4)
    if kind == 0:
        return text[:at] + chance.choice(TOKENS) + text[end:]
    if kind == 1:
        return text[:at] + text[end:]
    if kind == 2:
        return text[:at] + text[at:end] * 2 + text[end:]
    return text[:at] + bytes([chance.randrange(256)]) + text[at + 1:]


def places(value):
    """(container, key) of everything inside."""
    pairs = (value.items() if isinstance(value, dict)
             else enumerate(value) if isinstance(value, list) else ())
    for key, inner in list(pairs):
        yield value, key
        yield from places(inner)


def change_value(chance, line):
    """Whole JSON, with another value somewhere, or one less."""
    try:
        record = json.loads(line)
    except ValueError:
        return line
    found = list(places(record))
    if not found:
        return line
    container, key = chance.choice(found)
    if chance.randrange(4) == 0:
        del container[key]
    else:
        container[key] = chance.choice(VALUES)
    return json.dumps(record).encode()


def change(chance, text):
    lines = text.split(b"\n")
    for _ in range(chance.randrange(1, 4)):
        at = chance.randrange(len(lines))
        way = change_value if chance.randrange(2) else change_bytes
        lines[at] = way(chance, lines[at])
    if chance.randrange(8) == 0:
        chance.shuffle(lines)
    return b"\n".join(lines)


class Broken(Exception):
    """What must not happen."""


def check_harmless(words):
    """Colours were not asked for, so there are none."""
    harm = HARMFUL.search(words)
    if harm:
        raise Broken(f"{harm[0]!r} was printed in "
                     f"{words[max(harm.start() - 40, 0):][:80]!r}")


def open_nothing(path):
    os.fsencode(path)
    if "\0" in path:
        raise ValueError("embedded null byte")
    return os.open(os.devnull, os.O_WRONLY)


def listen(lines):
    """As `refsan run` does it, up to its last line; nothing is written but to
    memory, and no tool is started."""
    taken = listener.Listener(jsonl="/jsonl")
    heard = channel.Channel.__new__(channel.Channel)
    heard.take, heard.failures = taken.take, []
    printed = io.StringIO()
    with contextlib.ExitStack() as stack:
        stack.enter_context(mock.patch.object(
            listener.files, "print_all",
            lambda file, text: printed.write(text)))
        stack.enter_context(mock.patch.object(
            listener.files, "_open", open_nothing))
        stack.enter_context(mock.patch.object(
            symbolizer, "find_tool", lambda: None))
        for line in lines.split(b"\n"):
            heard._take_line(line)
        for name in "demo", "demo=stock,nogil":
            require.parse(name).failures(taken.processes, taken.modules())
        taken.errors()
        taken.finish()
        command.say_failures(heard.failures, taken)
    check_harmless(printed.getvalue())


class Child:
    """A tool that has said all it will say."""

    def __init__(self, answers):
        reader, writer = os.pipe()
        os.write(writer, answers[:60000])
        os.close(writer)
        self.stdout = open(reader, "rb", buffering=0)
        self.stdin = io.BytesIO()

    def kill(self):
        self.stdout.close()

    communicate = kill


REPORT = """refsan: ERROR: a bug
  the act:
    #0 0x7f0000001234 in f (/bin/true+0x1234)
    #1 0x7f0000001235 (/bin/true+0x1235)
"""


def answer(text):
    """The first line says which tool it is."""
    kind, _, answers = text.partition(b"\n")
    tool = symbolizer.Addr2line if kind == b"addr2line" else symbolizer.Llvm
    notes = []
    with contextlib.ExitStack() as stack:
        stack.enter_context(mock.patch.object(
            symbolizer.subprocess, "Popen",
            lambda command, **more: Child(answers)))
        stack.enter_context(mock.patch.object(
            symbolizer, "find_tool", lambda: (tool, "/tool")))
        asked = symbolizer.Symbolizer(notes.append)
        check_harmless(frames.Frames(asked).text(REPORT))
        asked.close()
    check_harmless("\n".join(notes))


WAYS = {"channel": listen, "symbolizer": answer}


def run(name, text):
    """False, and why, when it is broken."""
    try:
        WAYS[name](text)
        return True
    except Exception:  # any: that is the finding
        traceback.print_exc()
        return False


def keep(folder, name, number, text):
    if folder:
        folder.mkdir(parents=True, exist_ok=True)
        (folder / f"{name}-{number}").write_bytes(text)


def seeds(name):
    found = [path.read_bytes() for path in sorted((SEEDS / name).iterdir())]
    return found or sys.exit(f"no seeds for {name}")


def fuzz(args):
    chance = random.Random(1)
    known = [(name, text) for name in WAYS for text in seeds(name)]
    found = sum(not run(name, text) for name, text in known)
    count, end = len(known), time.monotonic() + (args.seconds or 1e9)
    while found < 10 and time.monotonic() < end and (
            args.seconds or count < args.runs):
        name, text = chance.choice(known)
        text = change(chance, text)
        count += 1
        if not run(name, text):
            found += 1
            keep(args.keep, name, count, text)
    print(f"stat::number_of_executed_units: {count}")
    return found


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--runs", type=int, default=2000)
    parser.add_argument("--seconds", type=float, default=0)
    parser.add_argument("--keep", type=pathlib.Path)
    parser.add_argument("files", nargs="*", type=pathlib.Path,
                        help="their names begin with channel or symbolizer")
    args = parser.parse_args()
    if args.files:
        return any(not run(path.name.split("-")[0], path.read_bytes())
                   for path in args.files)
    return fuzz(args) > 0


if __name__ == "__main__":
    sys.exit(main())
