# SPDX-License-Identifier: MIT
"""An extension that is unloaded and loaded again, perhaps at the same address,
is bound to refsan each time; one that was there all along still is."""

import os
import pathlib
import subprocess
import sys

HERE = pathlib.Path(__file__).resolve().parent
LIBRARY = os.environ["REFSAN_LIBRARY"]

if not os.environ["PYTHON"]:
    sys.exit(77)

PROGRAM = """
import _ctypes, ctypes, os

def load(path):
    library = ctypes.CDLL(path)
    library.bound_where.restype = ctypes.c_char_p
    return library

def where(library):
    return os.path.basename(library.bound_where().decode())

first = load("./bound.so")
print("first", where(first))
for i in range(4):
    other = load("./other.so")
    print("other", where(other))
    _ctypes.dlclose(other._handle)
print("first", where(first))
"""

includes = [f"-I{include}"
            for include in os.environ["PYTHON_INCLUDE"].split(";")]
for name in "bound", "other":
    subprocess.run(
        [os.environ["CC"], "-shared", "-fPIC", "-O1", *includes,
         "-Wl,-z,relro,-z,now", HERE / "bound.c", "-o", f"{name}.so"],
        check=True)
result = subprocess.run([os.environ["PYTHON"], "-c", PROGRAM], text=True,
                        env=dict(os.environ, LD_PRELOAD=LIBRARY),
                        capture_output=True)
name = os.path.basename(LIBRARY)
wanted = "".join(f"{line} {name}\n"
                 for line in ["first", *["other"] * 4, "first"])
if result.returncode != 0 or result.stdout != wanted:
    sys.exit(f"status {result.returncode}, not as wanted:\n"
             f"{result.stdout}{result.stderr}")
