#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Measures which order refsan's own clocks know, and which TSan knows: each
mistake of race.c with each sort of synchronisation; and what each of the two
says of python/cpython#113956. Into docs/tsan.json.

  orders.py --python PATH [--json FILE]

`scripts/docs` makes the table of docs/tsan.md of it.
"""

import argparse
import json
import os
import pathlib
import re
import subprocess
import sys
import tempfile

import sweep
from changes import CHANGES
from sweep import TESTS, expectation, interpreters

sys.path.insert(0, str(TESTS.parent / "scripts"))
from refsan import sanitizers  # noqa: E402

ORDERS = "none", "semaphore", "barrier", "condition", "rwlock", "pipe"
KINDS = "borrowed-race", "tryincref-unlocked", "unique-check-race", "slot-race"
# Of what Python code does (changes.py).
EACH = "each of these"

IMMORTAL = TESTS / "bugs/immortalize-shared-published.c"


def build(interpreter, folder):
    subprocess.run(
        [os.environ.get("CC", "cc"), "-O1", "-g", "-shared", "-fPIC",
         "-fno-omit-frame-pointer", "-pthread", "-DEXT_WEAK_GATES",
         f"-I{TESTS}", f"-I{TESTS.parent / 'include'}",
         *[f"-I{path}" for path in interpreter.includes], "-o",
         folder / "race.so", TESTS / "tsan/race.c",
         TESTS / "tsan/race_slot.c"], check=True)


def reported(interpreter, folder, code, arguments):
    environment = {**os.environ,
                   "PYTHONPATH": f"{folder}:{TESTS / 'tsan'}",
                   "REFSAN_OPTIONS": ""}
    done = subprocess.run(
        [sys.executable, TESTS.parent / "build/refsan", "run", "--full",
         *arguments, "--", interpreter.path, "-s", "-c", code], env=environment,
        text=True, capture_output=True, timeout=100)
    return sorted(set(sweep.TITLE.findall(done.stderr)))


def readable(said):
    """The report, without the summary and what differs between machines."""
    report = said.partition("\nrefsan: ")[0].strip()
    report = report.replace(f"{TESTS.parent}/", "")
    return re.sub(r"0x[0-9a-f]+", "ADDR", report)


def three_ways(interpreter, runtime):
    """{way: what is said of an object made immortal after others used it}"""
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        block = expectation.Expectation(IMMORTAL)
        sweep.build(block, interpreter, "bug", folder)
        script = folder / "run.py"
        script.write_text(block.get("run", interpreter, "") + "\n")
        environment = {**os.environ, "PYTHONPATH": name, "TSAN_OPTIONS":
                       "ignore_noninstrumented_modules=1"}
        python = [interpreter.path, "-s", str(script)]
        refsan = [sys.executable, TESTS.parent / "build/refsan", "run"]
        ways = {
            "TSan alone": (python, {"LD_PRELOAD": runtime.path}),
            "refsan alone": ([*refsan, "--", *python], {}),
            "both": ([*refsan, f"--tsan={runtime.path}", "--", *python], {}),
        }
        said = {}
        for way, (command, more) in ways.items():
            done = subprocess.run(command, env={**environment, **more},
                                  text=True, capture_output=True, timeout=100)
            said[way] = readable(done.stderr) or (
                f"(nothing, and the status is {done.returncode})")
        return said


def programs():
    """(mistake, what orders it, code)"""
    for kind in KINDS:
        for order in ORDERS:
            yield (kind, order,
                   f"import race; race.run({kind!r}, {order!r}, False)")
    for name in CHANGES:
        yield f"borrowed-race, `{name}`", "none", changes([name], "borrowed")
    for order in ORDERS[1:]:
        yield (f"borrowed-race, {EACH}", order,
               changes(CHANGES, "borrowed", order))
    yield (f"borrowed-race, {EACH}", "critical section",
           changes(CHANGES, "guarded"))
    yield f"a strong reference, {EACH}", "none", changes(CHANGES, "strong")


def changes(names, how, order="none"):
    return "import race, changes" + "".join(
        f"; changes.run(race, {name!r}, {how!r}, {order!r})" for name in names)


def measure(interpreter):
    makers = {runtime.is_llvm: runtime
              for runtime in reversed(sanitizers.tsan_runtimes())}
    engines = {"refsan alone": []}
    for is_llvm, runtime in sorted(makers.items(), reverse=True):
        name = "LLVM's TSan" if is_llvm else "gcc's TSan"
        engines[name] = [f"--tsan={runtime.path}"]
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        build(interpreter, folder)
        for kind, order, code in programs():
            yield {"kind": kind, "order": order, "reported": {
                engine: reported(interpreter, folder, code, arguments)
                for engine, arguments in engines.items()}}


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--python", required=True)
    parser.add_argument("--json", type=pathlib.Path,
                        default=TESTS.parent / "docs/tsan.json")
    args = parser.parse_args()
    interpreter = interpreters.probe(args.python)
    rows = list(measure(interpreter))
    sweep.write(args.json, "orders", rows)
    sweep.write(args.json, "immortal", three_ways(
        interpreter, sanitizers.tsan_runtimes()[0]))


if __name__ == "__main__":
    main()
