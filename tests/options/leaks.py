# SPDX-License-Identifier: MIT
"""leaks: with 1, a heap type whose instances die without releasing it is
reported, and what a module made and nobody released; with 0, nothing is. The
summary says whether leaks were looked for."""

import os
import subprocess

import support
from support import check



def build(name, *flags):
    subprocess.run(
        [os.environ.get("CC", "cc"), "-O1", "-g", "-shared", "-fPIC", *flags,
         f"-I{support.TESTS}", f"-I{os.environ['PYTHON_INCLUDE']}", "-o",
         "t.so", str(support.TESTS / "bugs" / name)], check=True)


def run(code, status, **options):
    done = support.preloaded(code, **options)
    check(done.returncode == status and
          ("refsan: leak: " in done.stderr) == (status == 66), done)
    return done.stderr


HEADERS = support.TESTS.parent / "include/refsan/instrument"
build("leak-type-reference.c", f"-I{HEADERS}")
VIEW = "import t\nView = t.make_type()\nView()\n"
run(VIEW, 66, leaks=1)
check("leaks" not in run(VIEW, 0, leaks=0), "said without being asked")

build("leak-dict-set-item.c")
UPDATE = "import t\nfor i in range(100):\n    t.update({}, i)\n"
check("leaks looked for" in run(UPDATE, 66, leaks=1), "not looked for")
run(UPDATE, 0, leaks=0)
said = run(UPDATE + "import tracemalloc\ntracemalloc.start()\n", 0, leaks=1)
check("leaks not looked for (births and deaths not seen)" in said, said)
