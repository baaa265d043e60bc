# SPDX-License-Identifier: MIT
"""refsan keeps no file descriptor in the program: not when stacks are walked,
not after a report, not when standard streams are closed."""

import os
import pathlib
import subprocess
import sys

TESTS = pathlib.Path(__file__).resolve().parent.parent
LIBRARY = os.environ["REFSAN_LIBRARY"]

if not os.environ["PYTHON"]:
    sys.exit(77)
includes = [f"-I{include}"
            for include in os.environ["PYTHON_INCLUDE"].split(";")]
subprocess.run(
    [os.environ["CC"], "-shared", "-fPIC", "-O1", f"-I{TESTS}", *includes,
     TESTS / "bugs/immortalize-string-constant.c", "-o", "t.so"], check=True)

PROGRAM = """
import fcntl, t

def opened():
    found = []
    for fd in range(256):
        try:
            fcntl.fcntl(fd, fcntl.F_GETFD)
            found.append(fd)
        except OSError:
            pass
    return found

before = opened()
t.make()
with open("opened", "w") as file:
    print(before, opened(), file=file)
"""


def run(preload, unwind, closed):
    """What the program finds open, before and after a report."""
    for fd in closed:
        os.close(fd)
    env = dict(os.environ, LD_PRELOAD=preload, PYTHONPATH=os.getcwd(),
               REFSAN_OPTIONS=f"unwind={unwind}:log_path=said")
    os.execve(os.environ["PYTHON"], [os.environ["PYTHON"], "-c", PROGRAM], env)


def opened(*arguments):
    pid = os.fork()
    if pid == 0:
        run(*arguments)
    _, status = os.waitpid(pid, 0)
    said = pathlib.Path(f"said.{pid}")
    if status or said.exists() != bool(arguments[0]):
        sys.exit(f"{arguments}: status {status}, report: {said.exists()}")
    said.unlink(missing_ok=True)
    return pathlib.Path("opened").read_text()


complaints = []
for closed in (), (0,), (0, 1, 2):
    wanted = opened("", "auto", closed)
    for unwind in "auto", "libunwind", "fp":
        found = opened(LIBRARY, unwind, closed)
        if found != wanted:
            complaints.append(f"{unwind}, {closed} closed: open are {found}"
                              f"without refsan {wanted}")
sys.exit("\n".join(complaints) or 0)
