#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""How fast `refsan triage` reads: reports made of real ones
(tests/fuzz/seeds/triage), of so many bugs, of other processes and tests.

  tests/bench/triage.py [--reports N] [--bugs N] [--folder DIR] [--store]

Prints seconds, CPU seconds and the largest resident size, each of an own
process, and fails when the bugs are not those that were made."""

import argparse
import json
import os
import pathlib
import random
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
SEEDS = ROOT / "tests/fuzz/seeds/triage/findings.jsonl"
MOST_FRAMES = 2  # a stack; so that a report has some 2 kB
FILES = 8


def small(finding):
    for stack in finding.get("stacks", []):
        stack["frames"] = stack["frames"][:MOST_FRAMES]
        stack["python"] = stack["python"][:MOST_FRAMES]
    finding["history"] = finding.get("history", [])[-2:]
    return finding


def templates(bugs):
    """Lines with places for a process and a test."""
    findings = [json.loads(line) for line in SEEDS.read_text().splitlines()]
    findings = [small(finding) for finding in findings
                if "crash" not in finding]
    for number in range(bugs):
        finding = json.loads(json.dumps(findings[number % len(findings)]))
        finding["fingerprint"] = f"{number * 0x9e3779b97f4a7c15 % 2**64:016x}"
        finding["pid"], finding["test"] = 1234567, "@test@"
        for stack in finding["stacks"]:
            for frame in stack["frames"][:1]:
                frame["function"] = f"{frame['function']}_{number}"
        line = json.dumps(finding)
        yield line.replace("1234567", "%d").replace("@test@", "%s") + "\n"


def make(folder, reports, bugs):
    chance = random.Random(1)
    lines = [line.replace("%", "%%").replace("%%d", "%(pid)d").replace(
        "%%s", "%(test)s") for line in templates(bugs)]
    paths = [folder / f"reports-{number}.jsonl" for number in range(FILES)]
    files = [open(path, "w") for path in paths]
    for number in range(reports):
        line = lines[number if number < bugs
                     else int(chance.paretovariate(0.4)) % bugs]
        files[number * FILES // reports].write(line % {
            "pid": number % 4_000_000 + 1,
            "test": f"tests/test_{number % 97}.py::test_{number % 1009}"})
    for file in files:
        file.close()
    return paths


def measure(arguments):
    """(what it printed, seconds, CPU seconds, MiB)"""
    start = time.monotonic()
    child = subprocess.Popen([sys.executable, ROOT / "scripts/refsan",
                              "triage", *arguments], stdout=subprocess.PIPE)
    out = child.stdout.read()
    _, status, usage = os.wait4(child.pid, 0)
    child.returncode = status
    if status:
        sys.exit(f"status {status}")
    return (out, time.monotonic() - start,
            usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024)


def run(folder, args):
    paths = make(folder, args.reports, args.bugs)
    size = sum(path.stat().st_size for path in paths)
    print(f"{args.reports} reports of {args.bugs} bugs, {size / 1e9:.2f} GB")
    out, *figures = measure(["--format", "json", *paths])
    print("read: {:.1f} s, {:.1f} s of CPU, {:.0f} MiB".format(*figures))
    found = json.loads(out)["bugs"]
    if len(found) != args.bugs or args.reports != sum(
            bug["count"] for bug in found):
        sys.exit(f"{len(found)} bugs, not {args.bugs}")
    if args.store:
        _, *figures = measure(["--format", "json", "--store", folder / "store",
                               *paths])
        print("read and stored: {:.1f} s, {:.1f} s of CPU, {:.0f} MiB".format(
            *figures))
        stored = sum(path.stat().st_size for path in
                     (folder / "store").rglob("*.parquet"))
        print(f"the store has {stored / 1e6:.0f} MB")


def main():
    parser = argparse.ArgumentParser(
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--reports", type=int, default=1_000_000)
    parser.add_argument("--bugs", type=int, default=1000)
    parser.add_argument("--folder", type=pathlib.Path)
    parser.add_argument("--store", action="store_true")
    args = parser.parse_args()
    with tempfile.TemporaryDirectory(dir=args.folder) as folder:
        run(pathlib.Path(folder), args)


if __name__ == "__main__":
    main()
