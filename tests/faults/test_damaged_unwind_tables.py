# SPDX-License-Identifier: MIT
"""Modules with damaged unwind tables (fixed seeds): they run as they do without
refsan, and what refsan finds in them is said. With an argument: so many."""

import pathlib
import random
import struct
import sys

TIMES = int(sys.argv[1]) if len(sys.argv) > 1 else 120
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent /
                       "options"))
import support
from support import check

FRAMES = 0x6474e550  # PT_GNU_EH_FRAME
HEADER = struct.Struct("<IIQQQQQQ")


def tables(image):
    """The part of the file from the header of the tables to their end."""
    start, = struct.unpack_from("<Q", image, 32)
    count, = struct.unpack_from("<H", image, 56)
    parts = [HEADER.unpack_from(image, start + i * HEADER.size)
             for i in range(count)]
    low = next(part[2] for part in parts if part[0] == FRAMES)
    return low, next(part[2] + part[5] for part in parts if part[0] == 1 and
                     part[2] <= low < part[2] + part[5])


module = support.FOLDER / "demo.so"
whole = module.read_bytes()
low, high = tables(whole)
mutants = support.FOLDER / "mutants"
mutants.mkdir(exist_ok=True)
for seed in range(TIMES):
    chance = random.Random(seed)
    image = bytearray(whole)
    for _ in range(chance.choice((1, 2, 8))):
        image[chance.randrange(low, high)] = chance.randrange(256)
    (mutants / f"{seed}.so").write_bytes(image)

# Each in a child of its own: a fork is quicker than a start. The first line of
# a child that ended by a signal names the mutant.
CODE = f"""\
import importlib.machinery, importlib.util, os
def use(seed):
    path = f"{mutants}/{{seed}}.so"
    spec = importlib.util.spec_from_loader(
        "demo", importlib.machinery.ExtensionFileLoader("demo", path))
    mutant = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(mutant)
    for depth in range(3):
        mutant.detached([])
        mutant.deep(depth)
for seed in range({TIMES}):
    child = os.fork()
    if child == 0:
        null = os.open("/dev/null", os.O_WRONLY)
        os.dup2(null, 2)
        use(seed)
        os._exit(0)
    status = os.waitpid(child, 0)[1]
    if status:
        print(seed, os.waitstatus_to_exitcode(status), flush=True)
"""
done = support.preloaded(CODE, verbosity=0)
ended = done.stdout.split("\n")[:-1]
print(f"{len(ended)} of {TIMES} mutants ended by a signal")
check(done.returncode in (0, 66) and not ended, done)

# One that is surely found out: said, and its bug is found all the same.
image = bytearray(whole)
image[low + 3] = 0xff  # no table
module.unlink()
module.write_bytes(image)
done = support.preloaded("demo.detached([])")
check(done.returncode == 66, done)
check(done.stderr.count("refsan: refop-detached:") == 1, done)
check("demo.so cannot be trusted: from now on" in done.stderr, done)
