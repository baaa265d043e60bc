#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Runs programs of tests/bugs and tests/quiet under `refsan run --tsan`.

  sweep.py --python PATH [--runtime PATH] [--times N] [--json FILE] PROGRAM...

PROGRAM is the name of a file of tests/bugs or tests/quiet without its ending;
a pattern such as 'borrowed-race-*' stands for all of them. A bug must still be
reported, by its own kind and no other; its -DFIXED twin and a quiet program
must be silent. The gates that bring about the unlucky order are atomics, which
TSan does not take for synchronisation (EXT_WEAK_GATES).

Prints a line for each program and variant; the status is 1 if one is wrong.
"""

import argparse
import fnmatch
import json
import os
import pathlib
import re
import subprocess
import sys
import tempfile

TESTS = pathlib.Path(__file__).resolve().parent.parent
sys.path.insert(0, str(TESTS))

import expect  # noqa: E402
import expectation  # noqa: E402
import interpreters  # noqa: E402

TITLE = re.compile(r"^refsan: ([a-z-]+): ", re.MULTILINE)
FOLDERS = {"bugs": ("bug", "fixed"), "quiet": ("quiet",)}


def programs(patterns):
    for folder in FOLDERS:
        for path in sorted((TESTS / folder).glob("*.c*")):
            if any(fnmatch.fnmatch(path.stem, wanted) for wanted in patterns):
                yield path


def build(block, interpreter, variant, folder):
    command = expect.compile_command(
        block, interpreter, variant,
        folder / f"{expect.module_name(block.text)}.so")
    subprocess.run([*command, "-DEXT_WEAK_GATES"], check=True)


def run(args, block, interpreter, folder):
    """(status, kinds that were reported, what was said)"""
    script = folder / "run.py"
    script.write_text(block.get("run", interpreter, "import t") + "\n")
    environment = {name: value for name, value in os.environ.items()
                   if not name.startswith(("PYTHON", "REFSAN_OPTIONS"))}
    environment["REFSAN_OPTIONS"] = block.get("options", interpreter, "")
    environment["PYTHONPATH"] = str(folder)
    done = subprocess.run(
        [sys.executable, args.refsan, "run", "--full", args.tsan, "--",
         interpreter.path, "-s", str(script)],
        cwd=folder, env=environment, text=True, errors="replace",
        capture_output=True, timeout=200)
    return (done.returncode, set(TITLE.findall(done.stderr)),
            f"{done.stdout}\n----\n{done.stderr}")


def complaint(variant, block, interpreter, status, kinds, said):
    """What is wrong, or None."""
    if "order by TSan" not in said and variant != "bug":
        return "TSan did not judge"
    if variant != "bug":
        wrong = sorted(kinds) or (status and f"status {status}")
        return f"{wrong}" if wrong else None
    report = block.get("report", interpreter, "")
    wanted = set(TITLE.findall(report))
    missing, more = sorted(wanted - kinds), sorted(kinds - wanted)
    return f"without {missing}, with {more}" if missing or more else None


def write(path, key, value):
    """Into the file that scripts/docs reads."""
    known = json.loads(path.read_text()) if path.exists() else {}
    known[key] = value
    path.write_text(json.dumps(known, indent=1, sort_keys=True) + "\n")


def main():
    parser = argparse.ArgumentParser(
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--python", required=True)
    parser.add_argument("--runtime", default="")
    parser.add_argument("--times", type=int, default=1)
    parser.add_argument("--refsan", default=os.environ.get(
        "REFSAN", str(TESTS.parent / "build/refsan")))
    parser.add_argument("--json", type=pathlib.Path,
                        help="put the results there, as docs/tsan.json")
    parser.add_argument("programs", nargs="+")
    args = parser.parse_args()
    args.tsan = f"--tsan={args.runtime}" if args.runtime else "--tsan"
    interpreter = interpreters.probe(args.python)
    results = {}
    for path in programs(args.programs):
        block = expectation.Expectation(path)
        if not block.is_for(interpreter) or block.is_tsan:
            continue
        for variant in FOLDERS[path.parent.name]:
            with tempfile.TemporaryDirectory() as folder:
                folder = pathlib.Path(folder)
                build(block, interpreter, variant, folder)
                for _ in range(args.times):
                    status, kinds, said = run(args, block, interpreter,
                                              folder)
                    wrong = complaint(variant, block, interpreter, status,
                                      kinds, said)
                    if wrong:
                        break
            results[f"{path.stem} as {variant}"] = wrong or "as expected"
            print(f"{path.stem} as {variant}: {wrong or 'as expected'}",
                  flush=True)
            if wrong:
                print(said, file=sys.stderr, flush=True)
    if args.json:
        write(args.json, "programs", results)
    return int(set(results.values()) != {"as expected"})


if __name__ == "__main__":
    sys.exit(main())
