# SPDX-License-Identifier: MIT
"""report_signal: a signal that makes a living process say what its threads do;
the program's own handler is kept."""

import signal

import support
from support import check

ASK = "import signal\nsignal.raise_signal(signal.SIGUSR1)\nprint('went on')\n"
OWN = ("import signal\nsignal.signal(signal.SIGUSR1, lambda *_: print('own'))\n"
       "assert signal.getsignal(signal.SIGUSR1) is not signal.SIG_DFL\n"
       "for _ in range(2): signal.raise_signal(signal.SIGUSR1)\n")
IGNORED = "import signal\nsignal.signal(signal.SIGUSR1, signal.SIG_IGN)\n" + ASK
for run, killed in (support.preloaded, -signal.SIGUSR1), \
        (support.watched, 128 + signal.SIGUSR1):
    for options in {}, {"report_signal": "none"}, {"report_signal": "USR2"}:
        done = run(ASK, **options)
        check(done.returncode == killed and done.stdout == "", done)
        check("refsan: hang" not in done.stderr, done)
    for code, count, said in ((ASK, 1, "went on\n"), (OWN, 2, "own\nown\n"),
                              (IGNORED, 0, "went on\n")):
        done = run(code, report_signal="USR1", warnings_are_errors=1)
        check(done.returncode == 0 and done.stdout == said, done)
        check(done.stderr.count("refsan: hang: ") == count, done)
    done = run("import signal\nsignal.raise_signal(signal.SIGUSR1)\n"
               "import ctypes\nctypes.string_at(0)\n", report_signal="USR1")
    check(done.stderr.count("refsan: hang: ") == 1, done)
    check(done.stderr.count("refsan: crash: ") == 1, done)

done = support.preloaded("", report_signal="KILL")
check("report_signal" in done.stderr, done)
