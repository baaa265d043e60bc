#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""core_fuzz.py -- a core file, changed where its reader looks, and cut, at
random from a fixed seed: `refsan triage core` ends with a finding or with one
sentence, never with a traceback, and soon; and what it says is a finding that
`refsan triage` takes.

    tests/fuzz/core_fuzz.py CORE [--runs N | --seconds N] [--seed N]

The core is one of tests/cores/making.py's, or any. A case is said by its
number and seed, by which it can be had again (--only NUMBER)."""

import argparse
import collections
import json
import random
import signal
import struct
import sys
import time
import traceback
import pathlib

FOLDER = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(FOLDER.parents[1] / "scripts"))

import lines_fuzz  # noqa: E402
from refsan.commands import triage_core  # noqa: E402
from refsan.mistake import Mistake  # noqa: E402
from refsan.reporting import page as pages  # noqa: E402
from refsan.triaging.cores import opening  # noqa: E402
from refsan.triaging.cores.explain import explain_file  # noqa: E402
from refsan.triaging.readers import clean  # noqa: E402

SLOW = 20  # seconds of CPU
NUMBERS = [0, 1, 7, 0xff, 0x7fff, 0xffff, 0x7fffffff, 0xffffffff, 1 << 32,
           1 << 47, (1 << 63) - 1, 1 << 63, (1 << 64) - 1]
NAME = "core"


class Changed:
    """A core with other bytes in some places, and perhaps without its end;
    remembers where it was read."""

    def __init__(self, core, patches=(), size=None):
        self.core, self.patches = core, sorted(patches)
        self.size = core.size if size is None else size
        self.reads = None

    def read(self, offset, count):
        if self.reads is not None:
            self.reads[offset, count] += 1
        raw = self.core.read(offset, min(count, max(self.size - offset, 0)))
        for at, patch in self.patches:
            low, high = max(at, offset), min(at + len(patch),
                                             offset + len(raw))
            if low < high:
                raw = (raw[:low - offset] + patch[low - at:high - at]
                       + raw[high - offset:])
        return raw


def places(core):
    """[(offset, count)] that a reader looks at, each once."""
    whole = Changed(core)
    whole.reads = collections.Counter()
    explain_file(whole, NAME)
    return sorted(whole.reads)


def patch(chance, core, where):
    offset, count = where
    at = offset + chance.randrange(max(count, 1))
    kind = chance.randrange(5)
    if kind == 0:  # a bit
        byte = core.read(at, 1) or b"\0"
        return at, bytes([byte[0] ^ 1 << chance.randrange(8)])
    if kind == 1:
        return at, chance.randbytes(chance.choice([1, 2, 4, 8, 64]))
    if kind == 2:  # a word, from elsewhere in it
        other = chance.choice(core.places)
        return at & ~7, core.read(other[0] + chance.randrange(
            max(other[1], 1)) & ~7, 8)
    number = chance.choice(NUMBERS) + chance.randrange(-2, 3)
    if kind == 3:
        return at & ~3, struct.pack("<I", number & 0xffffffff)
    return at & ~7, struct.pack("<Q", number & (1 << 64) - 1)


def case(chance, core):
    size = None
    if chance.random() < 0.1:
        offset, count = chance.choice(core.places)
        size = offset + chance.randrange(count + 1)
    # Small reads are words that lead on; large ones are mostly rings.
    weights = [1 / (1 + count / 256) for _, count in core.places]
    chosen = chance.choices(core.places, weights, k=chance.choice(
        [1, 1, 1, 2, 3, 8, 64]))
    return Changed(core, [patch(chance, core, where) for where in chosen],
                   size)


def complaint(changed, page):
    """What is wrong with it, or None."""
    explained = explain_file(changed, NAME)
    words = triage_core.words(explained, page)
    if lines_fuzz.HARMFUL.search(words):
        return "text speaks to the terminal"
    if not words.strip():
        return "nothing was said"
    row = json.loads(json.dumps(explained.finding))
    report = clean.report(row, "refsan")
    if not report["fingerprint"]:
        return "a finding without a fingerprint"
    return None


class Slow(Exception):
    pass


def stop(*_):
    raise Slow


def run(changed, page, counts):
    signal.setitimer(signal.ITIMER_VIRTUAL, SLOW)
    try:
        wrong = complaint(changed, page)
        counts["explained"] += 1
        return wrong
    except Mistake as mistake:
        counts["refused"] += 1
        return "more than a line" if "\n" in str(mistake) else None
    except Slow:
        return f"slower than {SLOW} s: " + traceback.format_exc()
    except Exception:  # any: that is what is looked for
        return traceback.format_exc()
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)


def parse_arguments():
    parser = argparse.ArgumentParser(
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("core", type=pathlib.Path)
    parser.add_argument("--runs", type=int, default=300)
    parser.add_argument("--seconds", type=float)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--only", type=int)
    return parser.parse_args()


def numbers(args):
    if args.only is not None:
        yield args.only
        return
    start, number = time.monotonic(), 0
    while (number < args.runs if args.seconds is None
           else time.monotonic() - start < args.seconds):
        number += 1
        yield number


def main():
    args = parse_arguments()
    signal.signal(signal.SIGVTALRM, stop)
    core = opening.open_core(str(args.core))
    core.places = places(core)
    page = pages.Page(is_shared=False)
    counts, bad = collections.Counter(), 0
    for number in numbers(args):
        counts["cases"] += 1
        wrong = run(case(random.Random(f"{args.seed} {number}"), core), page,
                    counts)
        if wrong:
            bad += 1
            print(f"case {number} of seed {args.seed}: {wrong}", flush=True)
        if bad >= 10:
            break
    print(f"{counts['cases']} cases: {counts['explained']} explained, "
          f"{counts['refused']} refused, {bad} bad")
    return bool(bad)


if __name__ == "__main__":
    sys.exit(main())
