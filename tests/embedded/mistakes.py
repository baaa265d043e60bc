# SPDX-License-Identifier: MIT
"""With REFSAN_EMBEDDED_CHECKS=1, each mistake ends the program with the one
line that names it; without, what CPython defines is what happens."""

import os
import re
import signal
import subprocess
import sys

ANSWERS = {
    "null": r"Py_INCREF: NULL is no object",
    "freed": r"Py_INCREF: 0x\w+ was a <test\.Plain> and has been freed",
    "freed-twice":
        r"PyObject_Free: 0x\w+, a <test\.Plain>, was freed already",
    "foreign": r"Py_DecRef: 0x\w+ is no object of this runtime",
    "detached": r"Py_INCREF: the calling thread is not attached; call "
                r"refsan_embedded_attach\(\) first, or _resume\(\)",
    "suspended": r"Py_INCREF: the calling thread is not attached; .*",
    "string": r"PyUnstable_SetImmortal: 0x\w+ is a string \(<test\.String>\)"
              r": the API never makes one immortal, and returns 0",
    "uncounted": r"Py_DECREF: 0x\w+, a <test\.Plain>, has no reference left "
                 r"to drop",
}


def run(program, mistake, checks):
    return subprocess.run(
        [program, mistake], capture_output=True, text=True, timeout=60,
        env={**os.environ, "REFSAN_EMBEDDED_CHECKS": checks})


complaints = []
for name, answer in ANSWERS.items():
    done = run(sys.argv[1], name, "1")
    if done.returncode != -signal.SIGABRT or not re.fullmatch(
            f"refsan embedded: {answer}\n", done.stderr):
        complaints.append(f"{name}: status {done.returncode}, said "
                          f"{done.stderr or done.stdout!r}")
if run(sys.argv[1], "release", "0").returncode != 0:
    complaints.append("release: a defined result is not what it should be")
sys.exit("\n".join(complaints) or 0)
