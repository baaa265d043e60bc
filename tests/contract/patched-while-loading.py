# SPDX-License-Identifier: MIT
"""Threads load libraries at the same time: each library is bound to refsan as
soon as its thread has asked for a symbol, and no thread disturbs the loader's
work in another one's library."""

import os
import pathlib
import shutil
import subprocess
import sys

HERE = pathlib.Path(__file__).resolve().parent
LIBRARY = os.environ["REFSAN_LIBRARY"]
COPIES = 96

PROGRAM = f"""
import ctypes, os, threading

bound = []
barrier = threading.Barrier(8)

def load(worker):
    barrier.wait()
    for i in range(worker, {COPIES}, 8):
        library = ctypes.CDLL(f"./copy{{i}}.so")
        library.bound_where.restype = ctypes.c_char_p
        bound.append(os.path.basename(library.bound_where().decode()))

threads = [threading.Thread(target=load, args=[i]) for i in range(8)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
print(len(bound), *set(bound))
"""

if not os.environ["PYTHON"]:
    sys.exit(77)
# Many relocations on protected pages: loading takes its time.
pathlib.Path("slots.c").write_text(
    "#include <Python.h>\nvoid *const volatile slots[] = {"
    + "(void *)Py_IncRef, (void *)PyList_New, (void *)Py_DecRef,\n" * 2000
    + "};\n")
includes = [f"-I{include}"
            for include in os.environ["PYTHON_INCLUDE"].split(";")]
subprocess.run(
    [os.environ["CC"], "-shared", "-fPIC", "-O1", *includes,
     "-Wl,-z,relro,-z,now", HERE / "bound.c", "slots.c", "-o", "copy0.so"],
    check=True)
for i in range(1, COPIES):
    shutil.copy("copy0.so", f"copy{i}.so")
result = subprocess.run([os.environ["PYTHON"], "-c", PROGRAM], text=True,
                        env=dict(os.environ, LD_PRELOAD=LIBRARY),
                        capture_output=True)
wanted = f"{COPIES} {os.path.basename(LIBRARY)}\n"
if result.returncode != 0 or result.stdout != wanted:
    sys.exit(f"status {result.returncode}, not as wanted:\n"
             f"{result.stdout}{result.stderr}")
