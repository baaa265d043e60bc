#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""core_fuzz.py -- a core file, changed where its reader looks, and cut, at
random from a fixed seed: `refsan triage core` ends with a finding or with one
sentence, never with a traceback, and soon; and what it says is a finding that
`refsan triage` takes.

    tests/fuzz/core_fuzz.py [CORE] [--runs N | --seconds N] [--seed N]
                            [--keep FOLDER]

Without a CORE one is made of the Python that PYTHON names
(tests/cores/making.py). A case is had again by its number and seed (--only
NUMBER); what breaks the reader is said, and written to FOLDER."""

import argparse
import collections
import json
import pathlib
import random
import re
import signal
import struct
import sys
import tempfile
import time
import traceback

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
ADDRESS = re.compile("0x[0-9a-f]+")


class Changed:
    """A core with other bytes in some places, and perhaps without its end;
    remembers where it was read."""

    def __init__(self, core, patches=(), size=None):
        self.core, self.patches = core, sorted(patches)
        self.size = core.size if size is None else size
        self.reads = None
        self.next_data = core.next_data

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


def addresses(node):
    """(name, value) of what is one, by docs/finding.schema.json."""
    for key, value in (node.items() if isinstance(node, dict) else
                       enumerate(node)):
        if isinstance(value, (dict, list)):
            yield from addresses(value)
        elif key in ("address", "value", "object") or (
                key == "offset" and not isinstance(value, int)):
            yield key, value


def complaint(changed, page):
    """What is wrong with it, or None."""
    explained = explain_file(changed, NAME)
    words = triage_core.words(explained, page)
    if lines_fuzz.HARMFUL.search(words):
        return "text speaks to the terminal"
    if not words.strip():
        return "nothing was said"
    row = json.loads(json.dumps(explained.finding))
    for name, value in addresses(row):
        if value is not None and not ADDRESS.fullmatch(value):
            return f"{name} is {value!r}"
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
    parser.add_argument("core", type=pathlib.Path, nargs="?")
    parser.add_argument("--runs", type=int, default=300)
    parser.add_argument("--seconds", type=float)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--only", type=int)
    parser.add_argument("--keep", type=pathlib.Path)
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


def fuzz(path, numbers, seed):
    """Complaints, and counts at the end."""
    signal.signal(signal.SIGVTALRM, stop)
    core = opening.open_core(str(path))
    core.places = places(core)
    page = pages.Page(is_shared=False)
    counts = collections.Counter()
    for number in numbers:
        counts["cases"] += 1
        wrong = run(case(random.Random(f"{seed} {number}"), core), page,
                    counts)
        if wrong:
            counts["bad"] += 1
            yield f"case {number} of seed {seed}: {wrong}"
        if counts["bad"] >= 10:
            break
    core.close()
    yield (f"{counts['cases']} cases: {counts['explained']} explained, "
           f"{counts['refused']} refused, {counts['bad']} bad")


def made(folder):
    sys.path.insert(0, str(FOLDER.parent / "cores"))
    import making
    python = making.interpreter()
    making.build_module(python, folder)
    program = making.write_program(folder)
    return making.by_kernel([python, "-s", program], folder, crash=0,
                            neutralise=0)[0]


def main():
    args = parse_arguments()
    with tempfile.TemporaryDirectory() as folder:
        path = args.core or made(pathlib.Path(folder))
        *complaints, last = fuzz(path, numbers(args), args.seed)
    for words in complaints:
        print(words)
    if complaints and args.keep:
        args.keep.mkdir(parents=True, exist_ok=True)
        (args.keep / f"seed-{args.seed}").write_text("\n".join(complaints))
    print(last)
    return bool(complaints)


if __name__ == "__main__":
    sys.exit(main())
