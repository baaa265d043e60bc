# SPDX-License-Identifier: MIT
"""live_stack: a report of an object that another thread is deallocating shows
where that thread is, and the thread goes on as it would have."""

import pathlib
import sys

import support
from support import check

if not pathlib.Path("/proc/self/syscall").exists():
    print("the kernel does not say what a thread waits for")
    sys.exit(77)

HEAD = "  deallocation is running by thread T1"
text = support.errors("demo.race(0)")
frames = "".join(support.block(text, HEAD))
check("in racing_dealloc" in frames and "in demo_race" in frames, text)
text = support.errors("demo.race(0)", live_stack=0)
check(HEAD not in text and "because  its deallocation has begun" in text, text)
# In a call that a signal would end it is left alone: race() checks that.
text = support.errors("demo.race(1)")
check(HEAD not in text, text)
