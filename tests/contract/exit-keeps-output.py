# SPDX-License-Identifier: MIT
"""A process whose status refsan changes still ends as exit(3) ends it: what was
printed last comes out. A status of its own stays, and so does any status when
the exit code is 0."""

import os
import pathlib
import subprocess
import sys

TESTS = pathlib.Path(__file__).resolve().parent.parent
LIBRARY = os.environ["REFSAN_LIBRARY"]

if not os.environ["PYTHON"]:
    sys.exit(77)
# Printed after Python has flushed its own, and after refsan's finding.
pathlib.Path("names.c").write_text("""
    #include <stdio.h>
    __attribute__((destructor(101))) static void say(void) {
        printf("last words");
    }
""")
includes = [f"-I{include}"
            for include in os.environ["PYTHON_INCLUDE"].split(";")]
subprocess.run(
    [os.environ["CC"], "-shared", "-fPIC", "-O1", f"-I{TESTS}", *includes,
     TESTS / "bugs/refop-finalized-static-destructor.c", "names.c", "-o",
     "t.so"], check=True)

complaints = []
for end, options, wanted in [
    ("pass", "", 66),
    ("pass", "exitcode=5", 5),
    ("pass", "exitcode=0", 0),
    ("import sys; sys.exit(3)", "", 3),
]:
    result = subprocess.run(
        [os.environ["PYTHON"], "-c",
         f"import t; t.remember([object()]); {end}"],
        text=True, capture_output=True,
        env=dict(os.environ, LD_PRELOAD=LIBRARY, PYTHONPATH=os.getcwd(),
                 REFSAN_OPTIONS=options))
    if (result.returncode, result.stdout) != (wanted, "last words"):
        complaints.append(f"{end}, {options!r}: status {result.returncode} "
                          f"not {wanted}, said {result.stdout!r}\n"
                          f"{result.stderr}")
sys.exit("\n".join(complaints) or 0)
