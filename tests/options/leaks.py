# SPDX-License-Identifier: MIT
"""leaks: with 1, a heap type whose instances die without releasing it is
reported; with 0, nothing is."""

import os
import subprocess

import support
from support import check

subprocess.run(
    [os.environ.get("CC", "cc"), "-O1", "-g", "-shared", "-fPIC",
     f"-I{support.TESTS.parent / 'include/refsan/instrument'}",
     f"-I{support.TESTS}", f"-I{os.environ['PYTHON_INCLUDE']}", "-o", "t.so",
     str(support.TESTS / "bugs/leak-type-reference.c")], check=True)
CODE = "import t\nView = t.make_type()\nView()\n"
done = support.preloaded(CODE, leaks=1)
check(done.returncode == 66 and "refsan: leak: " in done.stderr, done)
done = support.preloaded(CODE, leaks=0)
check(done.returncode == 0 and "refsan: leak: " not in done.stderr, done)
