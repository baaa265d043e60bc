# SPDX-License-Identifier: MIT
"""Operations on a stack with little room: a handler's alternate stack of 4 or 8
KiB is not overrun, a small thread ends well, and what was not looked at is
counted. On a stack with room everything is seen."""

import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent /
                       "options"))
import support
from support import check

support.build(pathlib.Path(__file__).with_name("small_stack.c"))
LOST = "operations on a stack too small to look at them"
TITLE = "refsan: refop-detached:"
CODE = """\
for size in %r:
    used, empty = demo.on_signal([], size, %d)
    print(size, used, empty)
"""


def rows(done):
    return [[int(word) for word in line.split()]
            for line in done.stdout.splitlines()]


deepest = 0
for detached in 0, 1:
    for size in 8192, 16384:
        done = support.preloaded(CODE % ((size,) * 3, detached))
        check(done.returncode == 0 and len(rows(done)) == 3, done)
        for _, used, _ in rows(done):
            check(used <= size, done)
        check(LOST in done.stderr and TITLE not in done.stderr, done)
    for run, options in ((support.preloaded, {}), (support.watched, {}),
                         (support.preloaded, {"unwind": "libunwind"}),
                         (support.preloaded, {"log_path": "/no/folder/log"})):
        done = run(CODE % ((1 << 20,) * 3, detached), **options)
        check(done.returncode == 66 * detached, done)
        check((TITLE in done.stderr) == detached, done)
        check(LOST not in done.stderr, done)
        deepest = max(deepest, *(used - empty for _, used, empty in rows(done)))
print(f"{deepest} bytes of stack at the deepest")
check(deepest <= 24 << 10, deepest)  # RS_STACK_ROOM is more

# 4 KiB, as far as this machine's own signal frame leaves some of it.
done = support.preloaded(CODE % ((4096,), 0))
if rows(done) and rows(done)[0][2] + 1024 <= 4096:
    check(rows(done)[0][1] <= 4096, done)
else:
    print("4 KiB are too few for a handler on this machine")

for size in 64 << 10, 128 << 10, 1 << 20:
    done = support.preloaded(f"demo.in_thread([], {size})\nprint('done')")
    check(done.returncode == 0 and done.stdout == "done\n", done)
