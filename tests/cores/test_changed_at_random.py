# SPDX-License-Identifier: MIT
"""tests/fuzz/core_fuzz.py, shortly: cores changed at random never end the
reader with a traceback."""

import pathlib
import sys
import tempfile

import making

if not making.kernel_writes_here():
    print("the kernel does not write cores into the working directory")
    sys.exit(making.SKIPPED)
sys.path.insert(0, str(making.ROOT / "tests/fuzz"))

import core_fuzz  # noqa: E402

CASES = range(1, 61)

making.interpreter()
with tempfile.TemporaryDirectory() as folder:
    *complaints, last = core_fuzz.fuzz(
        core_fuzz.made(pathlib.Path(folder)), CASES, seed=1)
print(*complaints, last, sep="\n")
sys.exit(bool(complaints))
