# SPDX-License-Identifier: MIT
"""--timeout: a run that takes too long says where it is, and is ended: the
command and all processes below it.

Watched processes are asked by the signal of report_signal, with a value that
says that they are about to be ended (interpose/crash_signals.h). They are given
some time to answer; then all get SIGTERM, and soon SIGKILL.

Missed: what has left the tree of processes (a daemon); and processes that
refsan does not watch say nothing."""

import os
import signal
import time

STATUS = 124  # as timeout(1)
SIGNAL = "URG"  # whoever does not know of it ignores it
ENDS = 0x7265
ANSWER_SECONDS = 60
OTHERS_SECONDS = 5  # who catches the signal, and may not be watched
END_SECONDS = 10
STEP_SECONDS = 0.05


def options(pairs, inherited):
    """What else the processes are told."""
    is_chosen = "report_signal=" in (inherited or "") or "report_signal" in (
        name for name, _ in pairs)
    return [] if is_chosen else [("report_signal", SIGNAL)]


def tree(first):
    """The process and those below it; none that has ended."""
    parents = {}
    for name in os.listdir("/proc"):
        if name.isdigit():
            state, parent = status(name)
            if state not in "ZX":
                parents[int(name)] = parent
    found = [first] if first in parents else []
    for pid in found:  # grows
        found += [child for child, parent in parents.items() if parent == pid]
    return found


def status(pid):
    """(its state, its parent)"""
    try:
        with open(f"/proc/{pid}/stat", encoding="utf-8",
                  errors="replace") as file:
            words = file.read().rpartition(")")[2].split()
        return words[0], int(words[1])
    except (OSError, IndexError):
        return "X", 0


def catches(pid, number):
    try:
        with open(f"/proc/{pid}/status", encoding="utf-8",
                  errors="replace") as file:
            caught = file.read().partition("\nSigCgt:")[2].split()[0]
        return bool(int(caught, 16) >> (number - 1) & 1)
    except (OSError, IndexError, ValueError):
        return False


def ask(pid, number):
    """Without the value the process only does not say its last lines."""
    try:
        import ctypes
        if ctypes.CDLL(None).sigqueue(
                pid, int(number), ctypes.c_void_p(ENDS)) == 0:
            return
    except (ImportError, OSError, AttributeError):
        pass
    send([pid], number)


def send(pids, number):
    for pid in pids:
        try:
            os.kill(pid, number)
        except OSError:
            pass


def wait(seconds, is_over):
    end = time.monotonic() + seconds
    while not is_over() and time.monotonic() < end:
        time.sleep(STEP_SECONDS)
    return is_over()


def end(child, listener):
    """Asks, waits for the answers, and ends all. Those that did not answer."""
    number = getattr(signal, f"SIG{listener.options.report_signal}", None)
    asked = [pid for pid in tree(child.pid) if number and catches(pid, number)]
    known = [pid for pid in asked if pid in listener.processes]
    for pid in asked:
        ask(pid, number)
    wait(ANSWER_SECONDS, lambda: not silent(known, listener))
    wait(OTHERS_SECONDS, lambda: not silent(asked, listener))
    unheard = silent(known, listener)
    for number in signal.SIGTERM, signal.SIGKILL:
        found = tree(child.pid)
        send(found, number)
        if wait(END_SECONDS, lambda: child.poll() is not None
                and not any(map(is_running, found))):
            break
    return unheard


def silent(pids, listener):
    """Those that run and have not answered."""
    return [pid for pid in pids if is_running(pid)
            and not getattr(listener.processes.get(pid), "has_answered", False)]


def is_running(pid):
    return status(pid)[0] not in "ZX"
