# SPDX-License-Identifier: MIT
"""Shared runtimes of ThreadSanitizer on this machine: LLVM's (compiler-rt) and
gcc's."""

import dataclasses
import glob
import os
import pathlib
import platform
import re
import shutil
import subprocess
import sys

from .mistake import Mistake

MACHINE = platform.machine()
# Where distributions and LLVM's own packages put them; the newest wins.
COMPILER_RT = [
    f"/usr/lib/llvm-*/lib/clang/*/lib/linux/libclang_rt.tsan-{MACHINE}.so",
    f"/usr/lib*/clang/*/lib/linux/libclang_rt.tsan-{MACHINE}.so",
    f"/usr/lib*/clang/*/lib/{MACHINE}-*linux*/libclang_rt.tsan.so",
    f"/usr/local/lib/clang/*/lib/linux/libclang_rt.tsan-{MACHINE}.so",
]
GCC = [
    f"/usr/lib/gcc/{MACHINE}-*linux*/*/libtsan.so",
    f"/usr/lib/{MACHINE}-linux-gnu/libtsan.so.*",
    "/usr/lib64/libtsan.so.*",
]
HOW_TO_GET_ONE = ("install compiler-rt's (Debian: libclang-rt-19-dev) or gcc's "
                  "(Debian: libtsan2), or name one with --tsan=PATH")


@dataclasses.dataclass(frozen=True)
class Runtime:
    path: str
    is_llvm: bool

    @property
    def words(self):
        maker = "LLVM's" if self.is_llvm else "gcc's"
        return f"{maker} TSan runtime {self.path}"

    def options(self, own):
        """TSAN_OPTIONS: the program's own, and the symbolizer that is here.
        The one that LLVM's runtime was built to look for may be another."""
        if not self.is_llvm or "external_symbolizer_path" in own:
            return own
        found = shutil.which("llvm-symbolizer") or ""
        return f"external_symbolizer_path={found}" + (own and f":{own}")


def _numbers(path):
    return [int(number) for number in re.findall(r"\d+", path)]


def _search(patterns, compiler, name):
    found = {path for pattern in patterns for path in glob.glob(pattern)}
    answer = _ask(compiler, name)
    if answer:
        found.add(answer)
    real = {os.path.realpath(path) for path in found if _is_elf(path)}
    return sorted(real, key=_numbers, reverse=True)


def _ask(compiler, name):
    """The path that the compiler would link; None when it has none."""
    if not shutil.which(compiler):
        return None
    path = subprocess.run([compiler, f"-print-file-name={name}"], text=True,
                          capture_output=True).stdout.strip()
    return path if os.path.isabs(path) and os.path.exists(path) else None


def _is_elf(path):
    """Fedora's libtsan.so is a linker script."""
    try:
        with open(path, "rb") as file:
            return file.read(4) == b"\x7fELF"
    except OSError:
        return False


def tsan_runtimes():
    """All that are here, the best first."""
    return [
        *(Runtime(path, True) for path in _search(
            COMPILER_RT, "clang", f"libclang_rt.tsan-{MACHINE}.so")),
        *(Runtime(path, False) for path in _search(GCC, "gcc", "libtsan.so")),
    ]


def choose(path):
    """The runtime at `path`, or with "" the best one. It has run once."""
    there = _preloaded(os.environ.get("LD_PRELOAD", ""))
    if path or there:
        path = os.path.abspath(path or there)
        runtimes = [Runtime(path, "clang" in path)]
    else:
        runtimes = tsan_runtimes()
    if not runtimes:
        raise Mistake(f"--tsan: there is no TSan runtime here: "
                      f"{HOW_TO_GET_ONE}")
    complaints = [complaint(runtime.path) for runtime in runtimes]
    for runtime, wrong in zip(runtimes, complaints):
        if wrong is None:
            return runtime
    raise Mistake(f"--tsan: {runtimes[0].path}: {complaints[0]}")


def complaint(path):
    """Why no program can run with this library, or None."""
    if not os.path.isfile(path):
        return "there is no such file"
    if not _is_elf(path):
        return "it is no shared library"
    if b"__tsan_init" not in pathlib.Path(path).read_bytes():
        return "it is no TSan runtime: it has no __tsan_init"
    if any(mark in path for mark in " :"):
        return ("the loader takes no path with a space or a colon; "
                "name a link to it")
    other = _preloaded(os.environ.get("LD_PRELOAD", ""))
    if other and os.path.realpath(other) != os.path.realpath(path):
        return (f"LD_PRELOAD has another TSan runtime: name that one "
                f"({other}), or take it out")
    done = _try(path)
    said = done.stderr.strip().splitlines()
    if "cannot be preloaded" in done.stderr:
        return "the loader cannot preload it: " + said[0].rpartition("(")[2]
    if done.returncode == 0:
        return None
    options = os.environ.get("TSAN_OPTIONS")
    if options and _try(path, TSAN_OPTIONS="").returncode == 0:
        return (f"it does not take TSAN_OPTIONS={options}"
                + (f": {said[0]}" if said else ""))
    return (f"a program that it is preloaded into ends with status "
            f"{done.returncode}" + (f": {said[0]}" if said else ""))


def _try(path, **environment):
    """A program that gcc's runtime starts in, too: not all do."""
    return subprocess.run(
        [sys.executable, "-I", "-S", "-c", ""], capture_output=True, text=True,
        errors="replace",
        env={**os.environ, "LD_PRELOAD": path, **environment})


def _preloaded(preload):
    """The TSan runtime among these libraries, or None."""
    for path in re.split("[ :]", preload):
        if "tsan" in os.path.basename(path) and os.path.isfile(path):
            return path
    return None
