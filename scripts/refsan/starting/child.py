# SPDX-License-Identifier: MIT
"""The process of the command: started, waited for, sent our signals.

By fork and exec here and not by subprocess, whose import takes as long as all
of the rest."""

import os
import signal
import time

from . import inherited

FORWARDED = {signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT,
             signal.SIGUSR1, signal.SIGUSR2}


class Child:
    """A process that was started; its end is asked for here alone."""

    def __init__(self, pid):
        self.pid = pid
        self.status = None  # negative: a signal

    def poll(self):
        """Its status, None while it runs."""
        if self.status is None:
            pid, status = os.waitpid(self.pid, os.WNOHANG)
            if pid:
                self.status = os.waitstatus_to_exitcode(status)
        return self.status

    def send(self, number):
        if self.poll() is None:
            os.kill(self.pid, number)


class Signals:
    """Takes the signals that are for the child."""

    def __init__(self):
        self.early = []
        self.wanted = {number for number in FORWARDED
                       if signal.getsignal(number) != signal.SIG_IGN}
        for number in self.wanted:
            signal.signal(number, lambda number, _: self.early.append(number))
        # From now on they wait for wait(): also in other threads, which
        # would get them.
        self.before = signal.pthread_sigmask(
            signal.SIG_BLOCK, self.wanted | {signal.SIGCHLD})

    def give_back(self):
        """In the child: as if there were none of us."""
        for number in self.wanted:
            signal.signal(number, signal.SIG_DFL)
        inherited.restore()
        signal.pthread_sigmask(signal.SIG_SETMASK, self.before)

    def wait(self, child, seconds=None):
        """Until the child has ended, or so long; its status, None if it has
        not."""
        end = None if seconds is None else time.monotonic() + seconds
        for number in self.early:
            child.send(number)
        while child.poll() is None:
            if end is not None and time.monotonic() >= end:
                return None
            info = signal.sigtimedwait(
                self.wanted | {signal.SIGCHLD},
                1 if end is None else min(1, max(0, end - time.monotonic())))
            # si_code > 0 is the kernel's: a terminal tells the whole group.
            if info and info.si_signo in self.wanted and info.si_code <= 0:
                child.send(info.si_signo)
        return child.status


def start(command, environment, signals, knows_its_pid=False):
    """A Child; OSError where the command cannot be run. With `knows_its_pid`
    the process is named in its environment: the one that may be watched."""
    reader, writer = os.pipe()  # ends with the exec, or says why there is none
    pid = os.fork()
    if pid == 0:
        _become(command, environment, signals, knows_its_pid, writer)
    os.close(writer)
    with open(reader, "rb") as file:
        failure = file.read()
    if not failure:
        return Child(pid)
    os.waitpid(pid, 0)
    raise OSError(int(failure), os.strerror(int(failure)))


def _become(command, environment, signals, knows_its_pid, writer):
    """In the child. Never returns."""
    failure = 0
    try:
        if knows_its_pid:
            environment["REFSAN_ONLY_PID"] = str(os.getpid())
        signals.give_back()
        os.execvpe(command[0], command, environment)
    except OSError as error:
        failure = error.errno
    finally:
        os.write(writer, str(failure).encode())
        os._exit(127)
