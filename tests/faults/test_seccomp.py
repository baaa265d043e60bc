# SPDX-License-Identifier: MIT
"""A program under a seccomp filter that kills for what it does not need itself:
refsan asks by other ways, and what it finds is said."""

import os
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent /
                       "options"))
import support
from support import check

# Loads the number of the call; kills for one; allows all others.
CODE = """\
import ctypes, struct
libc = ctypes.CDLL(None, use_errno=True)
rows = [(0x20, 0, 0, 0)]
for number in %r:
    rows += [(0x15, 0, 1, number), (0x06, 0, 0, 0x80000000)]
rows.append((0x06, 0, 0, 0x7fff0000))
code = ctypes.create_string_buffer(
    b"".join(struct.pack("<HBBI", *row) for row in rows))
class Program(ctypes.Structure):
    _fields_ = ("count", ctypes.c_ushort), ("code", ctypes.c_void_p)
program = Program(len(rows), ctypes.addressof(code))
def sandbox():
    if libc.prctl(38, 1, 0, 0, 0) or \\
            libc.prctl(22, 2, ctypes.byref(program), 0, 0):
        raise SystemExit(f"no filter: errno {ctypes.get_errno()}")
sandbox()
demo.detached([])
print("done", flush=True)
"""
CALLS = {"x86_64": {"process_vm_readv": 310, "open": 2, "openat": 257},
         "aarch64": {"process_vm_readv": 270, "openat": 56}}
machine = os.uname().machine
if machine not in CALLS:
    sys.exit(77)
calls = CALLS[machine]
reading = [calls["process_vm_readv"]]
opening = [number for name, number in calls.items() if "open" in name]

done = support.preloaded(CODE % ([999],))
if "no filter" in done.stderr:
    print(done.stderr)
    sys.exit(77)
for numbers, runs in ((reading, (support.preloaded, support.watched)),
                      (opening + reading, (support.preloaded,))):
    for run in runs:
        done = run(CODE % (numbers,))
        check(done.stdout == "done\n", done)
        check(done.returncode == 66 or run is support.watched, done)
        check(done.stderr.count("refsan: refop-detached:") == 1, done)
