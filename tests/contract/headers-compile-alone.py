# SPDX-License-Identifier: MIT
"""Every header compiles by itself: ours as C11, the public ones as C99 and as
C++, too."""

import os
import pathlib
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
CC = os.environ.get("CC", "cc")
CXX = os.environ.get("CXX", "c++")
WARNINGS = ["-Wall", "-Wextra", "-Werror", "-Wno-unused-function"]


def compiles(compiler, language, standard, header, includes):
    command = [compiler, "-x", language, f"-std={standard}", "-D_GNU_SOURCE",
               "-fsyntax-only", *WARNINGS, *(f"-I{i}" for i in includes),
               "-include", str(header), os.devnull]
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode:
        print(f"{header.relative_to(ROOT)} as {standard}:\n{done.stderr}")
    return done.returncode == 0


def checks():
    for folder in ("runtime", "interpose"):
        for header in sorted((ROOT / folder).rglob("*.h")):
            yield (CC, "c", "gnu11", header,
                   [ROOT, ROOT / "runtime", ROOT / "include"])
    python = os.environ.get("PYTHON_INCLUDE")
    for header in sorted((ROOT / "include").rglob("*.h")):
        if "Python.h" in header.read_text() and not python:
            continue
        for compiler, language, standard in [(CC, "c", "c99"),
                                             (CXX, "c++", "c++11")]:
            yield (compiler, language, standard, header,
                   [ROOT / "include", *filter(None, [python])])


results = [compiles(*check) for check in checks()]
sys.exit(0 if results and all(results) else 1)
