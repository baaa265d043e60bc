#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""triage_fuzz.py -- reports and logs of tools, changed, cut, mixed and put one
behind the other at random from a fixed seed: `refsan triage` never ends with a
traceback, never loses a good report that stands among them, and what it writes
in any format stays what it should be.

    tests/fuzz/triage_fuzz.py [--runs N | --seconds N] [--keep FOLDER] [FILE...]

What breaks it is written to FOLDER; a FILE of those is run instead."""

import argparse
import io
import json
import pathlib
import random
import re
import sys
import tempfile
import time
import traceback
import types
import xml.etree.ElementTree

FOLDER = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(FOLDER.parents[1] / "scripts"))

import lines_fuzz  # noqa: E402
from refsan.commands import triage  # noqa: E402
from refsan.mistake import Mistake  # noqa: E402
from refsan.triaging import formats, timeline, views  # noqa: E402

SEEDS = [path.read_bytes() for path in sorted(
    (FOLDER / "seeds/triage").iterdir())]
LINES = [line for seed in SEEDS for line in seed.splitlines(keepends=True)]
FINDINGS = [line for line in LINES if line.startswith(b"{")]
OPTIONS = types.SimpleNamespace(color="never", most=5, suppress=True)
# What must be found whatever stands around it.
FINDING = re.sub(rb'"fingerprint": "\w+"', b'"fingerprint": "%s"' % (
    b"feedbeef" * 2), re.sub(rb', "follows": "\w+"', b"", FINDINGS[0]))
RACE = (FOLDER / "seeds/triage/tsan.log").read_bytes().replace(
    b"#0 add", b"#0 sentinel")
GOOD = FINDING.strip() + b"\n" + RACE
RATHER = 400  # bytes of a piece at least


def change_finding(chance):
    """A finding with other values: what a line says, not how."""
    row = json.loads(chance.choice(FINDINGS))
    for _ in range(chance.randrange(1, 6)):
        inside = list(lines_fuzz.places(row))
        container, key = chance.choice(inside)
        if chance.random() < 0.3 and isinstance(container, dict):
            del container[key]
        else:
            container[key] = chance.choice(lines_fuzz.VALUES)
    return json.dumps(row).encode() + b"\n"


def piece(chance):
    """Some lines, whole or not."""
    kind = chance.randrange(5)
    if kind == 0:
        return change_finding(chance)
    if kind == 1:
        return b"".join(chance.choices(LINES, k=chance.randrange(1, 9)))
    text = chance.choice(SEEDS if kind < 4 else FINDINGS)
    if kind == 2:
        start = chance.randrange(len(text))
        text = text[start:start + chance.randrange(RATHER, 9 * RATHER)]
    for _ in range(chance.randrange(6)):
        text = lines_fuzz.change_bytes(chance, text)
    return text


def case(chance):
    """Pieces around a good report, which has lines of its own."""
    before = b"".join(piece(chance) for _ in range(chance.randrange(4)))
    after = b"".join(piece(chance) for _ in range(chance.randrange(3)))
    return before + b"\n" + GOOD + b"\n" + after


def written(found, inputs, name):
    out = io.StringIO()
    formats.writer(name).write(found, inputs, out, OPTIONS)
    return out.getvalue()


def check_words(words):
    if lines_fuzz.HARMFUL.search(words):
        return "text speaks to the terminal"
    return None


def check_xml(words):
    xml.etree.ElementTree.fromstring(words.encode())


def check_html(words):
    return ("an element ended early" if words.count("</script>") != 2
            else None)


def check_github(words):
    return next((f"not a command: {line[:80]}" for line in words.splitlines()
                 if not line.startswith("::")), None)


CHECKS = {"text": check_words, "json": lambda words: json.loads(words) and None,
          "sarif": lambda words: json.loads(words) and None,
          "junit": check_xml, "github": check_github, "html": check_html,
          "casrep": lambda words: [json.loads(line) for line in
                                   words.splitlines()] and None,
          "markdown": check_words}


def complaint(data, chance):
    """What is wrong with it, or None. Everything is read; of the formats, a
    few are written."""
    with tempfile.NamedTemporaryFile() as file:
        file.write(data)
        file.flush()
        bugs, inputs = triage.read([file.name])
    found = views.make_all(bugs)
    if GOOD in data:
        kinds = {view["fingerprint"] for view in found}
        if "feedbeef" * 2 not in kinds:
            return "the good finding was lost"
        if not any((view["place"] or {}).get("function") == "sentinel"
                   and view["kind"] == "data-race" for view in found):
            return "the good race was lost"
    for name in chance.sample(list(CHECKS), 3):
        words = CHECKS[name](written(found, inputs, name))
        if words:
            return f"{name}: {words}"
    if found:
        try:
            timeline.write(found, found[-1]["fingerprint"], io.StringIO())
        except Mistake:
            pass
    return None


def run(data, chance):
    try:
        return complaint(data, chance)
    except Exception:  # any: that is what is looked for
        return traceback.format_exc()


def parse_arguments():
    parser = argparse.ArgumentParser(
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=1000)
    parser.add_argument("--seconds", type=float)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--keep", type=pathlib.Path)
    parser.add_argument("files", nargs="*", type=pathlib.Path)
    return parser.parse_args()


def cases(args, chance):
    start, number = time.monotonic(), 0
    while (number < args.runs if args.seconds is None
           else time.monotonic() - start < args.seconds):
        number += 1
        yield case(chance)


def main():
    args = parse_arguments()
    chance = random.Random(args.seed)
    inputs = ([path.read_bytes() for path in args.files] if args.files
              else cases(args, chance))
    number = size = bad = 0
    for data in inputs:
        number += 1
        size += len(data)
        wrong = run(data, chance)
        if wrong:
            bad += 1
            print(f"case {number}: {wrong}")
            if args.keep:
                args.keep.mkdir(parents=True, exist_ok=True)
                (args.keep / f"case-{number}").write_bytes(data)
        if bad >= 10:
            break
    print(f"{number} inputs, {size >> 10} KiB, {bad} bad")
    return bool(bad)


if __name__ == "__main__":
    sys.exit(main())
