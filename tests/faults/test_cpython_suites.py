# SPDX-License-Identifier: MIT
"""CPython's own tests of fork, exit and signals have the same outcomes with
refsan and without, test by test.

  test_cpython_suites.py [NAME...]

Skips where the interpreter came without its tests. By hand, with PYTHON and
REFSAN_LIBRARY set, any others: docs/reliability.md has the whole list.
"""

import os
import pathlib
import subprocess
import sys
import tempfile
import xml.etree.ElementTree as ElementTree

PYTHON = os.environ.get("PYTHON")
REFSAN = os.environ.get("REFSAN") or str(
    pathlib.Path(__file__).resolve().parent.parent.parent / "build/refsan")
NAMES = sys.argv[1:] or ["test_atexit", "test_fork1", "test_threadsignals"]
SECONDS = 280 if not sys.argv[1:] else 3600

# The test itself says so: "Not supported when LD_PRELOAD is intercepting
# system calls."
SKIPPED_WITH_PRELOAD = {"test_vfork_used_when_expected"}


def has_tests():
    return PYTHON and subprocess.run(
        [PYTHON, "-c", f"import test.regrtest, test.{NAMES[0]}"],
        capture_output=True).returncode == 0


def outcome(case):
    for kind in ("failure", "error", "skipped"):
        if case.find(kind) is not None:
            return kind
    return "passed"


def run(*command):
    """{test: outcome} and the status, of all the suites in one process."""
    kept = {name: value for name, value in os.environ.items()
            if not name.startswith(("PYTHON", "LD_PRELOAD"))}
    with tempfile.TemporaryDirectory() as folder:
        path = pathlib.Path(folder, "outcomes.xml")
        done = subprocess.run(
            [*command, PYTHON, "-m", "test", "-j1", "--junit-xml", str(path),
             *NAMES], cwd=folder, text=True, errors="replace",
            capture_output=True, timeout=SECONDS,
            env={**kept, "TMPDIR": folder})
        said = done.stdout + done.stderr
        if not path.exists():
            sys.exit(f"no outcomes, status {done.returncode}\n{said}")
        root = ElementTree.parse(path).getroot()
    return ({case.get("name"): outcome(case) for case in root.iter("testcase")},
            done.returncode, said)


def main():
    if not has_tests():
        print(f"{PYTHON or 'no interpreter'}: no tests of its own here")
        sys.exit(77)
    plain, plain_status, _ = run()
    watched, status, said = run(sys.executable, REFSAN, "run", "--")
    differences = {
        name: (plain.get(name), watched.get(name))
        for name in plain.keys() | watched.keys()
        if plain.get(name) != watched.get(name) and
        name.rsplit(".")[-1] not in SKIPPED_WITH_PRELOAD}
    print(f"{len(plain)} tests without refsan, {len(watched)} with it")
    if not plain or differences or status != plain_status:
        sys.exit(f"status {plain_status} without refsan, {status} with it\n"
                 f"different: {differences}\n{said}")
    if "refsan: 0 errors, 0 warnings in" not in said:
        sys.exit(f"something was reported, or refsan was not there\n{said}")


main()
