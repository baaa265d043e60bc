# SPDX-License-Identifier: MIT
"""crash: whether a fatal signal is reported; it ends the process all the
same."""

import signal

import support
from support import check

CODE = "import ctypes\nctypes.string_at(0)\n"
for run, status in (support.preloaded, -signal.SIGSEGV), \
        (support.watched, 128 + signal.SIGSEGV):
    for options, count in ({}, 1), ({"crash": 1}, 1), ({"crash": 0}, 0):
        done = run(CODE, **options)
        check(done.returncode == status, done)
        check(done.stderr.count("refsan: crash: ") == count, done)
        check(done.stderr.count("signal  SIGSEGV at address 0x0") == count,
              done)
