# SPDX-License-Identifier: MIT
"""Reports of ThreadSanitizer, AddressSanitizer, LeakSanitizer, MemorySanitizer
and UndefinedBehaviorSanitizer, of clang and of gcc."""

import re

from .base import PLACE, Reader, native, stack

#     #0 0x55d in f(int) /a/b.c:3:5 (mod.so+0x1f) (BuildId: ab)
#     #0 f /a/b.c:3 (mod.so+0x1f)
FRAME = re.compile(
    r"^\s+#(?P<number>\d{1,4}) +(?:(?P<address>0x[0-9a-f]+) +)?(?:in +)?"
    r"(?P<rest>.*?)(?: +\((?P<module>[^()]+?)\+(?P<offset>0x[0-9a-f]+)\))?"
    r"(?: +\(BuildId: [0-9a-f]+\))?$")
FILE = re.compile(r"^(?P<function>.*?) +(?P<file>[/<.\w][^\s()]*?(?:\.\w+|>))"
                  r"(?::(?P<line>\d+))?(?::\d+)?$")
ERROR = re.compile(r"^(?:==(?P<pid>\d+)==\s?)?(?:ERROR|WARNING): "
                   r"(?P<tool>Address|Leak|Memory|Thread|HWAddress)Sanitizer:? "
                   r"?(?P<words>.*)$")
DEADLY = re.compile(r"^(?:==\d+==\s?)?(?P<tool>\w+)Sanitizer:DEADLYSIGNAL")
RUNTIME_ERROR = re.compile(r"^(?P<place>\S.*?:\d+(?::\d+)?): runtime error: "
                           r"(?P<words>.*)$")
SUMMARY = re.compile(r"^SUMMARY: \w+Sanitizer")
HEAD = re.compile(r"^\s*(?P<words>\S.*?):?$")
LEAK = re.compile(r"^(?P<words>(?:Direct|Indirect) leak of \d+ byte\(s\) in \d+ "
                  r"object\(s\) allocated from):")
ASAN_KINDS = {
    "heap-use-after-free": "heap-use-after-free",
    "heap-buffer-overflow": "buffer-overflow",
    "stack-buffer-overflow": "buffer-overflow",
    "global-buffer-overflow": "buffer-overflow",
    "stack-use-after-return": "heap-use-after-free",
    "stack-use-after-scope": "heap-use-after-free",
    "use-after-poison": "heap-use-after-free",
    "attempting": "double-free", "SEGV": "segv", "BUS": "segv",
    "stack-overflow": "stack-overflow", "ABRT": "abort",
    "use-of-uninitialized-value": "uninitialised",
    "alloc-dealloc-mismatch": "invalid-free", "bad-free": "invalid-free",
}
WRITABLE = {"heap-use-after-free", "buffer-overflow"}
# Of these, what stands first in the list is the act.
THREAD = re.compile(r"thread T([1-9]\d*)|(main) thread|thread (T0)")
MAIN = 1 << 20  # the number of a thread that has none
BESIDE = re.compile(r"^(?:Thread T\d|Mutex M\d)")


def frame(line):
    match = FRAME.match(line)
    if not match:
        return None
    rest, file, number = match["rest"].strip(), None, None
    place = FILE.match(rest)
    if place:
        rest, file, number = place["function"], place["file"], place["line"]
    if rest.startswith("(") or rest in ("", "<null>", "<unknown>"):
        rest = None
    if file in ("<null>", "??"):
        file = None
    return native(rest, file, number, match["module"], match["offset"],
                  match["address"])


def thread_of(words):
    match = THREAD.search(words)
    if not match:
        return None
    return MAIN if match[2] or match[3] else int(match[1])


def role(words):
    """Without addresses, which differ, and threads, which are said beside."""
    words = re.sub(r" (?:at|of) 0x[0-9a-f]+|,? ?(?:by )?(?:main thread|thread "
                   r"T\d+)(?: \(.*\))?| here$|:$", "", words)
    return words.strip() or "here"


def asan_kind(tool, words, is_write):
    if tool == "Thread":
        name = re.sub(r" \(.*", "", words)
        if name.startswith("data race"):
            return "data-race"
        if name.startswith("lock-order-inversion"):
            return "lock-order-inversion"
        if name.startswith("heap-use-after-free"):
            return "heap-use-after-free" + ("-write" if is_write else "")
        if name.startswith(("SEGV", "signal SEGV")):
            return "segv"
        return re.sub(r"[^a-z]+", "-", name.lower()).strip("-") or "unknown"
    if "double-free" in words:
        return "double-free"
    if words.startswith("attempting free"):
        return "invalid-free"
    first = words.partition(" ")[0].rstrip(":")
    kind = ASAN_KINDS.get(first, re.sub(r"[^a-z]+", "-", first.lower())
                          .strip("-") or "unknown")
    if kind == "segv" and re.search(r"address 0x0{1,13}[0-9a-f]{1,3}\b", words):
        return "segv-null"
    return kind + "-write" if is_write and kind in WRITABLE else kind


class Sanitizer(Reader):
    """From its title to the summary."""

    def __init__(self, tool, words, pid):
        self.tool, self.words = tool, words
        self.name = {"Address": "asan", "HWAddress": "asan", "Leak": "lsan",
                     "Memory": "msan", "Thread": "tsan"}[tool]
        pid = pid or (re.search(r"\(pid=(\d+)\)", words) or [None, None])[1]
        self.pid = int(pid) if pid else None
        self.stacks, self.current = [], None
        self.head, self.has_summary, self.address = "", False, None

    @classmethod
    def begins(cls, line):
        if "Sanitizer" not in line:
            return None
        match = ERROR.match(line)
        return match and cls(match["tool"], match["words"], match["pid"])

    def owns(self, line):
        return FRAME.match(line) is not None or DEADLY.match(line) is not None

    def take(self, line):
        if self.has_summary:
            return False
        if SUMMARY.match(line):
            self.has_summary = True
            return True
        if line.startswith("====="):
            return not self.stacks
        own = frame(line)
        if own:
            if self.current is None:
                is_beside = BESIDE.match(self.head)
                self.current = stack(
                    re.sub(r" \(.*?\)| at$", "", self.head) if is_beside
                    else role(self.head), (),
                    thread=thread_of(self.head))
                self.stacks.append(self.current)
            if len(self.current["frames"]) < 1000:
                self.current["frames"].append(own)
            return True
        self.current = None
        if line.strip():
            self.head = HEAD.match(line)["words"]
            self.address = self.address or re.search(
                r"(?<=at )0x[0-9a-f]+", self.head)
        return True

    def is_over(self):
        return self.has_summary

    def _is_write(self):
        first = self.stacks[0]["role"].lower() if self.stacks else ""
        return "write" in first or "caused by a WRITE" in self.words

    def reports(self):
        if self.tool == "Leak" or "detected memory leaks" in self.words:
            return self._leaks()
        kind = asan_kind(self.tool, self.words, self._is_write())
        shown = [own for own in self.stacks if not BESIDE.match(own["role"])]
        others = [own for own in self.stacks if own not in shown]
        address = re.search(r"0x[0-9a-f]+", self.words) or self.address
        return [{"kind": kind, "severity": "error", "pid": self.pid,
                 "title": self.title(), "stacks": [*shown, *others],
                 "object": address and {"address": address[0]},
                 "threads": threads(self.stacks, self.pid)}]

    def title(self):
        words = re.sub(r" on (?:unknown )?address .*| \(pid=\d+\)|"
                       r" on 0x[0-9a-f]+.*", "", self.words)
        return f"{self.tool}Sanitizer: {words}"

    def _leaks(self):
        found = [own for own in self.stacks if "leak of" in own["role"]]
        self.name = "lsan"
        return [{"kind": "memory-leak", "severity": "error", "pid": self.pid,
                 "title": "LeakSanitizer: memory that nothing points to",
                 "stacks": [own]} for own in found]


def threads(stacks, pid):
    numbers = {own["thread"] for own in stacks if own["thread"]}
    return [{"id": number, "name": "main" if number == MAIN else None,
             "tid": pid if number == MAIN else None}
            for number in sorted(numbers)]


class Undefined(Reader):
    """One line, and the frames below it."""
    name = "ubsan"

    def __init__(self, place, words):
        match = PLACE.match(place)
        self.words = words
        self.frames = []
        self.place = native(None, match and match["file"],
                            match and match["line"])

    @classmethod
    def begins(cls, line):
        match = RUNTIME_ERROR.match(line) if "runtime error: " in line else None
        return match and cls(match["place"], match["words"])

    def owns(self, line):
        return FRAME.match(line) is not None

    def take(self, line):
        own = frame(line)
        if own:
            self.frames.append(own)
        return own is not None or line.startswith("SUMMARY: Undefined")

    def reports(self):
        sort = re.sub(r"0x[0-9a-f]+|-?\d+|'[^']*'", "N", self.words)
        return [{"kind": "undefined-behavior", "severity": "error",
                 "title": f"undefined behaviour: {self.words}",
                 "evidence": [sort],
                 "stacks": [stack("here", self.frames or [self.place])]}]


READERS = Sanitizer, Undefined
