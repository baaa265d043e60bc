# SPDX-License-Identifier: MIT
"""Shared runtimes of ThreadSanitizer on this machine: LLVM's (compiler-rt) and
gcc's."""

import dataclasses
import glob
import os
import platform
import re
import shutil
import subprocess

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
