# SPDX-License-Identifier: MIT
"""Backtraces of gdb: `bt`, `bt full`, `thread apply all bt`, also of a core
file. Python frames of python-gdb.py (`py-bt`) are read as Python's."""

import re

from .base import PLACE, Reader, native, python, stack

SIGNAL = re.compile(r"^(?:Program|Thread \S+(?: \".*\")?) (?:received|terminated "
                    r"with) signal (SIG\w+)")
THREAD = re.compile(r"^Thread (\d+) \((?:Thread 0x[0-9a-f]+ )?\(?(?:LWP|process) "
                    r"(\d+)\)?.*\)(?: \"(.*)\")?:?$|^Thread (\d+) \(.*$")
FRAME = re.compile(r"^#(?P<number>\d{1,6}) +(?:(?P<address>0x[0-9a-f]+) in )?"
                   r"(?P<rest>\S.*)$")
WHERE = re.compile(r"^(?P<function>.+?) ?\((?P<arguments>.*)\)"
                   r"(?: at (?P<place>\S+:\d+)| from (?P<module>\S+))?$")
EVAL = re.compile(r"Frame 0x[0-9a-f]+, for file (?P<file>.+?), line (?P<line>\d+)"
                  r", in (?P<function>[^\s(]+)")
CALLED = "<signal handler called>"
KINDS = {"SIGSEGV": "segv", "SIGBUS": "segv", "SIGILL": "segv",
         "SIGABRT": "abort", "SIGFPE": "abort", "SIGTRAP": "abort"}
OTHER = re.compile(r"^(?:\[|0x[0-9a-f]+ in |\(gdb\)|\d+\t|\s|Core was generated|Using host|warning:"
                   r"|Python Exception|Missing separate|No locals)")


class Gdb(Reader):
    name = "gdb"

    def __init__(self):
        self.signal = None
        self.stacks, self.threads = [], []
        self.current = None

    @classmethod
    def begins(cls, line):
        self = cls()
        first = FRAME.match(line)
        if SIGNAL.match(line) or THREAD.match(line) or (
                first and first["number"] == "0"
                and WHERE.match(first["rest"])):
            self.take(line)
            return self
        return None

    def owns(self, line):
        if SIGNAL.match(line):
            return not self.stacks
        return bool(THREAD.match(line) or FRAME.match(line) and not (
            line.startswith("#0 ") and self.current
            and self.current["frames"]))

    def take(self, line):
        if match := SIGNAL.match(line):
            self.signal = match[1]
        elif match := THREAD.match(line):
            number = int(match[1] or match[4])
            self.current = stack(f"in thread {number}", thread=number)
            self.stacks.append(self.current)
            self.threads.append({"id": number, "name": match[3]})
        elif match := FRAME.match(line):
            if self.current is None:
                self.current = stack("crashed")
                self.stacks.append(self.current)
            self._frame(match)
        else:
            return not line or OTHER.match(line) is not None
        return True

    def _frame(self, match):
        rest = match["rest"]
        where = WHERE.match(rest)
        if rest.startswith(CALLED):
            # What stands above is the handler; the crash is below.
            self.current["frames"].clear()
            return
        if not where:
            self.current["frames"].append(native(rest.split(" (")[0],
                                                 address=match["address"]))
            return
        seen = EVAL.search(where["arguments"])
        if seen:
            self.current["python"].append(python(
                seen["function"], seen["file"], seen["line"]))
        place = PLACE.match(where["place"] or "")
        function = where["function"]
        self.current["frames"].append(native(
            None if function == "??" else function, place and place["file"],
            place and place["line"], where["module"],
            address=match["address"]))

    def reports(self):
        stacks = [own for own in self.stacks if own["frames"]]
        if not stacks:
            return []
        # Cores list the thread that crashed last, or as thread 1.
        crashed = next((own for own in stacks if own["role"] == "crashed"
                        or is_crash(own)), None) or min(
                            stacks, key=lambda own: own["thread"] or 0)
        crashed["role"] = "crashed"
        stacks.sort(key=lambda own: own is not crashed)
        kind = KINDS.get(self.signal) or (
            "abort" if is_crash(crashed) else "segv")
        words = self.signal or "a backtrace"
        return [{"kind": kind, "severity": "error", "title": f"gdb: {words}",
                 "stacks": stacks, "threads": self.threads}]


def is_crash(own):
    return any((frame["function"] or "") in ("raise", "abort", "__GI_raise",
                                             "__GI_abort", "fatal_error")
               for frame in own["frames"][:6])


READERS = (Gdb,)
