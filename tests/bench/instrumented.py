# SPDX-License-Identifier: MIT
"""What an announced operation costs: a pair of Py_INCREF and Py_DECREF, plain,
instrumented without refsan, and instrumented under it; turn by turn in one run,
the minimum of each.

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

OBJECTS = {"private object": "[]", "immortal object": "None"}
PROGRAM = """
import pairs
thing = {thing}
print(min(pairs.inline_pair(thing, 1_000_000) for _ in range(5)))
"""


def compile_extension(interpreter, folder, *flags):
    folder.mkdir()
    subprocess.run(
        ["cc", *flags, "-O2", "-g", "-shared", "-fPIC",
         "-fno-omit-frame-pointer", f"-I{TESTS}",
         *[f"-I{include}" for include in interpreter.includes],
         str(pathlib.Path(__file__).with_name("pairs.c")),
         "-o", str(folder / "pairs.so")], check=True)
    return folder


def run_once(interpreter, thing, folder, library=None):
    environment = dict(os.environ, PYTHONPATH=str(folder))
    if library:
        environment["LD_PRELOAD"] = library
    done = subprocess.run(
        [interpreter.path, "-c", PROGRAM.format(thing=thing)], check=True,
        env=environment, capture_output=True, text=True)
    return float(done.stdout)


def rows_of(interpreter, library, turns):
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        plain = compile_extension(interpreter, folder / "plain")
        told = compile_extension(interpreter, folder / "instrumented",
                                 f"-I{ROOT / 'include/refsan/instrument'}")
        for words, thing in OBJECTS.items():
            ways = [(plain, None), (told, None), (told, library)]
            turns_of = [[run_once(interpreter, thing, *way) for way in ways]
                        for _ in range(turns)]
            yield words, [min(column) for column in zip(*turns_of)]


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
        print(f"\n{interpreter.name}, ns per pair\n")
        print("| object | plain | without refsan | with refsan | added |")
        print("| --- | --: | --: | --: | --: |")
        for words, (plain, told, watched) in rows_of(
                interpreter, os.path.abspath(options.library), options.turns):
            print(f"| {words} | {plain:.2f} | {told:.2f} | {watched:.2f} "
                  f"| {watched - plain:.2f} |")


if __name__ == "__main__":
    main()
