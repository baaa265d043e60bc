# SPDX-License-Identifier: MIT
"""Writes the reports of bug programs anew, from what was really printed.

expect.py --write replaces a report: by the whole text; --renew keeps a short
one's shape and renews its titles and reasons; --story writes the short report,
before the whole one. Addresses become ADDR, a marked
line its mark and another one NUM, frames of others "#...", and a thread that has
the interpreter's name 'python...'. What differs between runs, or between the
interpreters that share the block, becomes "...", so give all of them.
"""

import difflib
import re

import expectation
import stories

FRAME = re.compile(r"\s+#\d+ ")
OWN_FILE = re.compile(r"(?<= )(?:\S*/)?(ext\w*\.h|run\.py|%s):(\d+)")
STORY_PLACE = re.compile(r"(ext\w*\.h|run\.py|%s):(\d+)")
REASON = re.compile(r"  because  ")


def reports(output):
    """The lines of the reports in `output`, an empty line between two."""
    found, is_inside = [], False
    for line in output.splitlines():
        if expectation.titles([line]):
            found += [""] * bool(found)
            is_inside = True
        elif not line or line.startswith("refsan: "):
            is_inside = False
        if is_inside:
            found.append(line)
    return found


def place(file, line, marks):
    """A place in the test's own files: a mark, or a line that changes when
    something is written above it, unless it is of the Python program."""
    if int(line) in marks and not file.startswith("ext"):
        return f"{file}:@{marks[int(line)]}"
    return f"{file}:{line if file == 'run.py' else 'NUM'}"


def literal(block, program, lines):
    """The lines as `report:` has them."""
    marks = {number: mark for mark, number in block.marks(program).items()}
    own = re.compile(OWN_FILE.pattern % re.escape(block.path.name))
    written = []
    for line in map(expectation.plain, lines):
        is_own = own.search(line)
        if FRAME.match(line) and not is_own:
            line = re.match(r"\s*", line)[0] + "#..."
            if written[-1] == line:
                continue
        line = own.sub(lambda match: place(*match.groups(), marks), line)
        if not line.startswith("  fix      "):
            line = re.sub(r"0x[0-9a-f]+", "ADDR", line)
        line = re.sub(r"'python\d[\w.]*'", "'python...'", line)
        written.append(line)
    return written


def literal_story(block, program, text):
    """The lines as `story:` has them."""
    marks = {number: mark for mark, number in block.marks(program).items()}
    own = re.compile(STORY_PLACE.pattern % re.escape(block.path.name))
    written = []
    for line in stories.lines(text):
        line = line.replace(stories.ADDRESS, "ADDR")
        line = own.sub(lambda match: place(*match.groups(), marks), line)
        line = re.sub(r"^    \d+ \| ", "    NUM | ", line)
        # f:12, in the file of the frame before.
        line = re.sub(r"(?<=\w)(?<!\.py):\d+(?= <|$| \(\d+ times\)$)", ":NUM", line)
        written.append(re.sub(r"(?<= \()(ext\w*\.h):\d+", r"\1:NUM", line))
    return written


def merge_line(one, other):
    """What two versions of a line share at both ends, and "..." between."""
    if one == other:
        return one
    if one.strip() == "..." or other.strip() == "...":
        return "..."
    words = re.findall(r"\s+|\S+", one), re.findall(r"\s+|\S+", other)
    shortest = min(map(len, words))
    head = tail = 0
    while head < shortest and words[0][head] == words[1][head]:
        head += 1
    while (tail < shortest - head
           and words[0][-1 - tail] == words[1][-1 - tail]):
        tail += 1
    end = words[0][len(words[0]) - tail:]
    return "".join([*words[0][:head], "...", *end])


def shape(line):
    """What two lines have in common that say the same of different runs."""
    return re.match(r"\s*(?:#\.\.\.|\S*)", line)[0]


def merge(one, other):
    """Both versions of a report in one."""
    if one is None:
        return other
    matcher = difflib.SequenceMatcher(None, [shape(line) for line in one],
                                      [shape(line) for line in other], False)
    merged = []
    for tag, a, b, c, d in matcher.get_opcodes():
        if tag == "equal":
            merged += map(merge_line, one[a:b], other[c:d])
        elif all(line.strip() == "#..." or expectation.FRAMES.match(line)
                 for line in one[a:b] + other[c:d]):
            merged.append("    #...")
        else:
            merged.append("...")
    return [line for i, line in enumerate(merged)
            if i == 0 or line != merged[i - 1]
            or line.strip() not in ("...", "#...")]


def renewed(old, new):
    """The short report `old` with the titles and reasons of `new`."""
    lines = old.splitlines()
    for is_one in (lambda line: expectation.titles([line]), REASON.match):
        places = [i for i, line in enumerate(lines) if is_one(line)]
        texts = [line for line in new if is_one(line)]
        if len(places) == len(texts):
            for place, text in zip(places, texts):
                lines[place] = text
    return lines


def replace(block, old, new):
    """Puts the lines `new` where the report `old` is in the block's file."""
    before = "".join(f" *   {line}".rstrip() + "\n"
                     for line in old.splitlines())
    after = "".join(f" *   {line}".rstrip() + "\n" for line in new)
    if block.text.count(before) != 1:
        raise expectation.Mistake(f"{block.path.name}: no such report")
    block.path.write_text(block.text.replace(before, after))


def rewrite_story(block, interpreters, runs):
    """Those that have a story of their own (`story[ft]:`) get one."""
    groups = {}
    for interpreter in interpreters:
        old = block.get("story", interpreter)
        program = block.get("run", interpreter, "")
        for text in runs(interpreter):
            if text is None:
                raise expectation.Mistake(f"{block.path.name}: no finding")
            groups[old] = merge(groups.get(old), literal_story(
                block, program, text))
    for old, new in groups.items():
        if old is None:
            insert_story(block, new)
        else:
            replace(block, old, new)
        block = expectation.Expectation(block.path)


def insert_story(block, new):
    """Before the first report."""
    lines = "".join(f" *   {line}".rstrip() + "\n" for line in new)
    text, count = re.subn(r"^ \* report(?=[\[:])",
                          lambda match: f" * story:\n{lines}{match[0]}",
                          block.text, count=1, flags=re.MULTILINE)
    if not count:
        raise expectation.Mistake(f"{block.path.name}: no report")
    block.path.write_text(text)


def rewrite(block, interpreters, runs, keeps_shape):
    """runs(interpreter) gives the outputs of its runs."""
    groups = {}
    for interpreter in interpreters:
        old = block.get("report", interpreter)
        program = block.get("run", interpreter, "")
        for output in runs(interpreter):
            groups[old] = merge(groups.get(old), literal(
                block, program, reports(output)))
    for old, new in groups.items():
        if not new:
            raise expectation.Mistake(f"{block.path.name}: nothing reported")
        if keeps_shape:
            new = renewed(old, new)
        replace(block, old, new)
        block = expectation.Expectation(block.path)
