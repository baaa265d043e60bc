# SPDX-License-Identifier: MIT
"""What a test expects, read from the comment at its top, and the comparison
of a real output with it.

The comment's first line is "kind: one sentence". Its keys, at the left edge:

  like:     the public threads about such a bug, "owner/repository#number",
            separated by commas
  needs:    conditions an interpreter must meet, or there is no such test
  run:      the Python program; `import t` is the file's own module
  options:  REFSAN_OPTIONS for the run
  trap:     what a quiet program does that looks like a bug, one to a line: its
            stdout says "entered: ..." for each, and for nothing else
  crash:    of a program that crashes in every run when refsan lets the mistake
            happen (neutralise=0): "plainly", or "lists" where the memory
            around has to be so (freed_lists.py); below, lines of the crash's
            report
  exit:     the status of `refsan run` (66), or a signal's name
  story:    the short report of the same run, at 80 columns, literally and as
            a whole, with the same words for what varies
  report:   the whole report (refsan run --full), literally; in it, ADDR is any address, NUM any decimal
            number, "..." alone on a line any lines, "..." within a line any
            text, "#..." alone on a line any further frames of a stack,
            and @name the number of the line that ends in "// @name"
            (or "# @name" in `run`)

A line is compared as it is, and once more without what differs between
machines in a frame: no address, no build id, no folders, and no module where
file and line are known ("#0 in f here.c:@release").

Any key may be conditional: report[ft]: or exit[gil,>=3.14]:. The first one
whose conditions hold is taken; the plain one is for everybody else.
"""

import pathlib
import re
import sys
import textwrap

ROOT = pathlib.Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "scripts"))

from refsan import tables  # noqa: E402

KEYS = ("like", "needs", "trap", "run", "options", "crash", "exit", "story",
        "report")
KEY = re.compile(r"(%s)(?:\[([^\]]*)\])?:(?:\s+(.*))?$" % "|".join(KEYS))
MARK = re.compile(r"(?://|#)\s*@([\w-]+)\s*$")
THREAD = re.compile(r"[\w-]+/[\w.-]+#\d+")
FRAMES = re.compile(r"    #\d+ |    \(")
ENTERED = re.compile(r"^entered: (.*\S)", re.MULTILINE)
BIRTHS_SINCE = (3, 13, 3)  # earlier tracers miss deaths

PLAIN_FRAME = [
    (re.compile(r" \(BuildId: [0-9a-f]+\)"), ""),
    (re.compile(r"(#\d+) 0x[0-9a-f]+ in "), r"\1 in "),
    (re.compile(r"(\S+:\d+) \(\S+\+0x[0-9a-f]+\)"), r"\1"),
    (re.compile(r"\((?:\S*/)?([^/\s]+)\+0x[0-9a-f]+\)"), r"(\1)"),
    (re.compile(r"( in \S+) (?:\S*/)?([^/\s:]+:\d+)(?::\d+)?"), r"\1 \2"),
]


class Mistake(Exception):
    """The test file itself is wrong."""


def holds(conditions, interpreter):
    """Whether `interpreter` meets all of "ft, >=3.14, !shared"."""
    return all(holds_one(word, interpreter)
               for word in re.split(r"[\s,]+", conditions.strip()) if word)


def holds_one(word, interpreter):
    if word.startswith("!"):
        return not holds_one(word[1:], interpreter)
    version = re.fullmatch(r"(>=|<|==)(\d+)\.(\d+)", word)
    if version:
        wanted = (int(version[2]), int(version[3]))
        return {">=": interpreter.version[:2] >= wanted,
                "<": interpreter.version[:2] < wanted,
                "==": interpreter.version[:2] == wanted}[version[1]]
    facts = {
        "ft": interpreter.is_free_threaded,
        "gil": not interpreter.is_free_threaded,
        "shared": interpreter.is_shared,
        "debug": interpreter.is_debug,
        "births": interpreter.version >= BIRTHS_SINCE,
        "abi3": not interpreter.is_free_threaded,
        "instrumented": True,
        "stock": True,
        "tsan": True,
    }
    if word not in facts:
        raise Mistake(f"no such condition: {word}")
    return facts[word]


def first_comment(text, is_python):
    """The words of the first comment that is not the licence line."""
    if is_python:
        lines = re.match(r"(?:#.*\n)*", text)[0].splitlines()
        return [re.sub(r"^# ?", "", line) for line in lines
                if "SPDX-License-Identifier" not in line]
    for comment in re.finditer(r"/\*(.*?)\*/", text, re.DOTALL):
        if "SPDX-License-Identifier" not in comment[1]:
            return [re.sub(r"^ \* ?", "", line).rstrip()
                    for line in comment[1].lstrip(" ").splitlines()]
    return []


class Expectation:
    """The comment of one test file."""

    def __init__(self, path):
        self.path = pathlib.Path(path)
        self.text = self.path.read_text()
        self.entries = []  # (key, conditions or None, value)
        lines = first_comment(self.text, self.path.suffix == ".py")
        if not lines:
            raise Mistake("no comment at the top")
        self.title = lines[0].strip()
        keys = [i for i, line in enumerate(lines) if KEY.match(line)]
        self.prose = "\n".join(lines[1:min(keys, default=None)]).strip()
        self._read(lines[1:])

    def _read(self, lines):
        value = None
        for line in lines:
            key = KEY.match(line)
            if key:
                value = [key[3] or ""]
                self.entries.append((key[1], key[2], value))
            elif value is not None and (not line or line[0].isspace()):
                value.append(line)
            else:
                value = None
        self.entries = [
            (key, conditions, (value[0] + "\n" +
                               textwrap.dedent("\n".join(value[1:]))).strip())
            for key, conditions, value in self.entries]

    def get(self, key, interpreter, default=None):
        plain = default
        for name, conditions, value in self.entries:
            if name == key and conditions is None:
                plain = value
            elif name == key and holds(conditions, interpreter):
                return value
        return plain

    def is_for(self, interpreter):
        return holds(self.get("needs", interpreter, ""), interpreter)

    def _needs(self, word):
        return any(key == "needs" and word in re.split(r"[\s,]+", value)
                   for key, _, value in self.entries)

    @property
    def threads(self):
        """The words of `like:`."""
        words = [word.strip() for key, _, value in self.entries
                 if key == "like" for word in value.split(",")]
        for word in words:
            if not THREAD.fullmatch(word):
                raise Mistake(f"like: {word!r} is no owner/repository#number")
        return words

    @property
    def is_abi3(self):
        return self._needs("abi3")

    @property
    def is_instrumented(self):
        return self._needs("instrumented")

    @property
    def is_debug(self):
        return self._needs("debug")

    @property
    def is_tsan(self):
        return self._needs("tsan")

    @property
    def is_stock(self):
        return self._needs("stock")

    def marks(self, program):
        """name -> line number, of this file and of the Python program."""
        found = {}
        for text in self.text, program:
            for number, line in enumerate(text.splitlines(), 1):
                mark = MARK.search(line)
                if mark and not line.startswith(" *"):
                    if found.setdefault(mark[1], number) != number:
                        raise Mistake(f"@{mark[1]} is there twice")
        return found


def compare_traps(traps, output):
    """None when `output` says of every trap that it was entered, and of no
    other; else the complaint."""
    wanted = set(traps.splitlines())
    entered = set(ENTERED.findall(output))
    if not wanted:
        return "no trap: in the comment"
    if wanted - entered:
        return f"did not enter its trap: {min(wanted - entered)!r}"
    if entered - wanted:
        return f"no trap: for what it entered: {min(entered - wanted)!r}"
    return None


def compare_crash(wanted, output, marks):
    """None when `output` has one report of a crash, with all these lines."""
    reports = re.findall(r"^refsan: crash(?:-dead-object)?: .*?^$", output,
                         re.MULTILINE | re.DOTALL)
    if len(reports) != 1:
        return f"{len(reports)} reports of a crash"
    lines = [line.strip() for line in reports[0].splitlines()]
    for line in wanted:
        if not any(map(line_pattern(line, marks).fullmatch, lines)):
            return f"the crash's report does not say {line!r}"
    return None


def line_pattern(line, marks):
    """The expectation's line as a regular expression."""
    def token(match):
        if match[0] == "ADDR":
            return "0x[0-9a-f]+"
        if match[0] == "NUM":
            return "[0-9]+"
        if match[0] == "...":
            return ".*"
        if match[1] not in marks:
            raise Mistake(f"no line is marked @{match[1]}")
        return str(marks[match[1]])

    parts = re.split(r"(\bADDR\b|\bNUM\b|\.\.\.|(?<=:)@[\w-]+)", line.rstrip())
    words = re.compile(r"ADDR|NUM|\.\.\.|@([\w-]+)")
    return re.compile("".join(
        token(words.fullmatch(part)) if i % 2 else re.escape(part)
        for i, part in enumerate(parts)))


def patterns(lines, marks):
    """Of the lines of an expectation, for match_from()."""
    whole_lines = {"...": None, "#...": FRAMES}
    return [whole_lines[line.strip()] if line.strip() in whole_lines
            else line_pattern(line, marks) for line in lines]


def complaint(wanted, count):
    """When that many lines were found."""
    return ("it goes on after what was expected" if count == len(wanted)
            else f"not found, or not at its place: {wanted[count]!r}")


def titles(lines):
    """The title lines of reports among `lines`."""
    title = re.compile(r"refsan: (%s): " % "|".join(
        kind.slug for kind in tables.bugs()))
    return [line for line in lines if title.match(line)]


def plain(line):
    """The line with its frame, if it has one, reduced to what is compared."""
    for pattern, replacement in PLAIN_FRAME:
        line = pattern.sub(replacement, line)
    return line.rstrip()


def ends_report(lines, end):
    return (end >= len(lines) or not lines[end][0]
            or lines[end][0].startswith("refsan: "))


def match_from(patterns, lines, start):
    """How many of `patterns` the lines (each in its two views) from `start` on
    satisfy, and whether all of them do, up to the end of a report."""
    positions = {start}
    for count, pattern in enumerate(patterns):
        if pattern is None:
            following = set(range(min(positions), len(lines) + 1))
        elif pattern is FRAMES:
            following = set(positions)
            for at in positions:
                while at < len(lines) and FRAMES.match(lines[at][0]):
                    at += 1
                    following.add(at)
        else:
            following = {at + 1 for at in positions if at < len(lines)
                         and any(map(pattern.fullmatch, lines[at]))}
        if not following:
            return count, False
        positions = following
    return len(patterns), any(ends_report(lines, at) for at in positions)


def compare(report, output, marks):
    """None when `output` holds the report and no other; else the complaint."""
    wanted = report.splitlines()
    views = [(line.rstrip(), plain(line)) for line in output.splitlines()]
    lines = patterns(wanted, marks)
    if not titles(wanted):
        return "the expected report has no title line of a known kind"
    best = 0
    for start in range(len(views)):
        count, is_whole = match_from(lines, views, start)
        if is_whole:
            break
        best = max(best, count)
    else:
        return complaint(wanted, best)
    more = len(titles(output.splitlines())) - len(titles(wanted))
    return f"{more} more reports than expected" if more else None
