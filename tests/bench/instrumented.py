# SPDX-License-Identifier: MIT
"""What announced operations cost: an extension plain, instrumented without
refsan, instrumented under it, and with whole stacks (op_stacks=1); turn by turn
in one run, the minimum of each.

  scripts/bench instrumented --library SO [--python PYTHON] [--turns N]
"""

import argparse
import os
import pathlib
import subprocess
import sys
import tempfile

TESTS = pathlib.Path(__file__).resolve().parent.parent
ROOT = TESTS.parent
sys.path.insert(0, str(TESTS))

import interpreters  # noqa: E402

# What is measured: the extension, and an expression for ns per round.
WORKLOADS = {
    "pair, private object": ("pairs", "pairs.inline_pair([], 1_000_000)"),
    "pair, immortal object": ("pairs", "pairs.inline_pair(None, 1_000_000)"),
    "allocation-heavy extension: a parser": (
        "workload", "workload.parse(20_000)"),
}
PROGRAM = """
import {module}
print(min({expression} for _ in range(5)))
"""
WATCHED = {"LD_PRELOAD": None, "REFSAN_OPTIONS": "summary=0"}
WHOLE = {**WATCHED, "REFSAN_OPTIONS": "summary=0:op_stacks=1"}


def compile_extensions(interpreter, folder, *flags):
    folder.mkdir()
    for module in dict.fromkeys(name for name, _ in WORKLOADS.values()):
        subprocess.run(
            ["cc", *flags, "-O2", "-g", "-shared", "-fPIC",
             "-fno-omit-frame-pointer", f"-I{TESTS}",
             *[f"-I{include}" for include in interpreter.includes],
             str(pathlib.Path(__file__).with_name(f"{module}.c")),
             "-o", str(folder / f"{module}.so")], check=True)
    return folder


def run_once(interpreter, workload, folder, settings):
    module, expression = WORKLOADS[workload]
    done = subprocess.run(
        [interpreter.path, "-c",
         PROGRAM.format(module=module, expression=expression)], check=True,
        env={**os.environ, "PYTHONPATH": str(folder), **settings},
        capture_output=True, text=True)
    return float(done.stdout)


def rows_of(interpreter, library, turns):
    watched, whole = ({**settings, "LD_PRELOAD": library}
                      for settings in (WATCHED, WHOLE))
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        plain = compile_extensions(interpreter, folder / "plain")
        told = compile_extensions(
            interpreter, folder / "instrumented",
            f"-I{ROOT / 'include/refsan/instrument'}")
        ways = [(plain, {}), (told, {}), (told, watched), (told, whole)]
        for workload in WORKLOADS:
            turns_of = [[run_once(interpreter, workload, *way) for way in ways]
                        for _ in range(turns)]
            yield workload, [min(column) for column in zip(*turns_of)]


def main(arguments=None):
    parser = argparse.ArgumentParser(prog="bench instrumented",
                                     description=__doc__)
    parser.add_argument("--python", action="append",
                        help="an interpreter; may be given more than once")
    parser.add_argument("--library", required=True, help="librefsan.so")
    parser.add_argument("--turns", type=int, default=5,
                        help="runs of each kind, taking turns (default 5)")
    options = parser.parse_args(arguments)
    for path in options.python or ["python3"]:
        interpreter = interpreters.probe(path)
        if interpreter is None:
            sys.exit(f"bench: {path} is no CPython that can be asked")
        print(f"\n{interpreter.name}, ns per pair or record; ratios to "
              "plain\n")
        print("| workload | plain | without refsan | with refsan "
              "| whole stacks |")
        print("| --- | --: | --: | --: | --: |")
        for words, (plain, *others) in rows_of(
                interpreter, os.path.abspath(options.library), options.turns):
            columns = (f"{other:.2f} (+{other - plain:.1f}, "
                       f"{other / plain:.2f}x)" for other in others)
            print(f"| {words} | {plain:.2f} | {' | '.join(columns)} |")


if __name__ == "__main__":
    main()
