# SPDX-License-Identifier: MIT
"""gcc and clang compile every source without a warning."""

import concurrent.futures
import pathlib
import shutil
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
WARNINGS = ("-Wall -Wextra -Wshadow -Wvla -Wstrict-prototypes "
            "-Wmissing-prototypes -Werror").split()


def complaint(job):
    compiler, source = job
    done = subprocess.run(
        [compiler, "-std=gnu11", "-D_GNU_SOURCE", "-fvisibility=hidden",
         "-O1", "-S", "-o", "/dev/null", *WARNINGS, f"-I{ROOT}",
         f"-I{ROOT / 'runtime'}", f"-I{ROOT / 'include'}", source],
        text=True, capture_output=True)
    return done.returncode and f"{compiler} {source}:\n{done.stderr}"


sources = [source for folder in ("runtime", "interpose")
           for source in sorted((ROOT / folder).rglob("*.c"))
           if source.parent.name != "embedded"]  # of another library
jobs = [(compiler, source) for compiler in ("gcc", "clang")
        if shutil.which(compiler) for source in sources]
with concurrent.futures.ThreadPoolExecutor(2) as pool:
    complaints = list(filter(None, pool.map(complaint, jobs)))
sys.exit("\n".join(complaints) or (0 if jobs else 77))
