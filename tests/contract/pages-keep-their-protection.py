# SPDX-License-Identifier: MIT
"""An extension is bound to refsan after its import, and its pages are exactly
as protected as they are without refsan: with and without full RELRO."""

import os
import pathlib
import subprocess
import sys

HERE = pathlib.Path(__file__).resolve().parent
LIBRARY = os.environ["REFSAN_LIBRARY"]

if not os.environ["PYTHON"]:
    sys.exit(77)

PROGRAM = """
import bound
path = bound.__file__
print(bound.where())
for line in open("/proc/self/maps"):
    if line.rstrip().endswith(path):
        span, protection, offset = line.split()[:3]
        low, high = (int(end, 16) for end in span.split("-"))
        print(hex(high - low), protection, offset)
"""


def build(folder, *flags):
    folder.mkdir(exist_ok=True)
    includes = [f"-I{include}"
                for include in os.environ["PYTHON_INCLUDE"].split(";")]
    subprocess.run(
        [os.environ["CC"], "-shared", "-fPIC", "-O1", *includes, *flags,
         HERE / "bound.c", "-o", folder / "bound.so"], check=True)


def run(folder, preload):
    environment = dict(os.environ, PYTHONPATH=str(folder.resolve()),
                       LD_PRELOAD=preload)
    result = subprocess.run([os.environ["PYTHON"], "-c", PROGRAM], text=True,
                            env=environment, capture_output=True)
    if result.returncode != 0:
        sys.exit(f"{folder}: {result.stderr}")
    where, *pages = result.stdout.splitlines()
    return os.path.basename(where), pages


complaints = []
for name, flags in {
    "full-relro": ["-Wl,-z,relro,-z,now"],
    "full-relro-plt": ["-Wl,-z,relro,-z,now", "-fplt"],
    "partial-relro": ["-Wl,-z,relro,-z,lazy"],
    "no-relro": ["-Wl,-z,norelro"],
}.items():
    folder = pathlib.Path(name)
    build(folder, *flags)
    before, after = run(folder, ""), run(folder, LIBRARY)
    if before[0] == after[0] or after[0] != os.path.basename(LIBRARY):
        complaints.append(f"{name}: bound to {after[0]}, without to {before[0]}")
    if not before[1] or before[1] != after[1]:
        complaints.append(f"{name}: pages were {before[1]}, are {after[1]}")
sys.exit("\n".join(complaints) or 0)
