# SPDX-License-Identifier: MIT
"""Every operation, instrumented, compiles without a warning with each compiler,
language standard, interpreter and limited API that is here; in an order of
includes that real files have. And what a module gains by it is one weak symbol."""

import concurrent.futures
import itertools
import pathlib
import shutil
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
sys.path.insert(0, str(ROOT / "tests"))

import interpreters  # noqa: E402

SOURCE = pathlib.Path(__file__).with_name("instrumented.c")
INSTRUMENT = ROOT / "include/refsan/instrument"
COMPILERS = [("gcc", "c99"), ("gcc", "c11"), ("clang", "c99"),
             ("clang", "c11"), ("g++", "c++11"), ("g++", "c++17"),
             ("g++", "c++20"), ("clang++", "c++11"), ("clang++", "c++17"),
             ("clang++", "c++20")]
WARNINGS = "-Wall -Wextra -Wconversion -Wpedantic -pedantic-errors -Werror"
STRICT_CXX = "-Wold-style-cast -Wzero-as-null-pointer-constant"


def limits(interpreter):
    """The limited APIs that these headers have."""
    yield []
    if not interpreter.is_free_threaded:
        yield ["-DPy_LIMITED_API=0x03080000"]
        yield ["-DPy_LIMITED_API=0x030c0000"]
    if not interpreter.is_free_threaded and interpreter.version >= (3, 15):
        yield ["-DPy_LIMITED_API=0x030f0000"]
        yield ["-DPy_TARGET_ABI3T=0x030f0000"]


def command(compiler, standard, interpreter, limit, output):
    language = "c++" if "+" in standard else "c"
    return [compiler, f"-I{INSTRUMENT}", f"-std={standard}", "-fPIC", "-O1",
            *WARNINGS.split(), *(STRICT_CXX.split() if language == "c++"
                                 else []),
            *itertools.chain(*(("-isystem", i)
                               for i in interpreter.includes)),
            *limit, "-x", language, "-c", str(SOURCE), "-o", str(output)]


def undefined(output):
    """The symbols by which it finds refsan, as nm has them."""
    names = subprocess.run(["nm", "--undefined-only", output], text=True,
                           check=True, capture_output=True).stdout
    return [line.split() for line in names.splitlines() if "refsan" in line]


def complaint(job, folder):
    number, (compiler, standard), (interpreter, limit) = job
    output = folder / f"{number}.o"
    what = f"{compiler} -std={standard} {interpreter.name} {limit}"
    done = subprocess.run(command(compiler, standard, interpreter, limit,
                                  output), text=True, capture_output=True)
    if done.returncode:
        return f"{what}:\n{done.stderr}"
    symbols = undefined(output)
    if symbols != [["w", "refsan_abi_1"]] and \
            symbols != [["v", "refsan_abi_1"]]:
        return f"{what}: needs {symbols}"
    return None


compilers = [job for job in COMPILERS if shutil.which(job[0])]
pythons = [(interpreter, limit)
           for interpreter in interpreters.find().values()
           if interpreter.version >= (3, 12)
           for limit in limits(interpreter)]
with tempfile.TemporaryDirectory() as name, \
        concurrent.futures.ThreadPoolExecutor(2) as pool:
    pairs = list(itertools.product(compilers, pythons))
    jobs = [(number, *pair) for number, pair in enumerate(pairs)]
    complaints = list(filter(None, pool.map(
        lambda job: complaint(job, pathlib.Path(name)), jobs)))
print(f"{len(jobs)} ways to compile")
sys.exit("\n".join(complaints) or (0 if jobs else 77))
