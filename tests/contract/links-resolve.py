# SPDX-License-Identifier: MIT
"""What documents and comments point to is there.

In documents: a relative link names a file, its #anchor a heading, a
`code/path.c` a file or a folder (`<kind>` and `*` stand for anything), and a
`unit.test` a test. In the READMEs of the rooms, and in comments of runtime/, interpose/ and tests/, every
word that looks like a source file is one, and every rs_function is in the
code. A file of CPython or of the C library is written with its folder there
(Objects/obmalloc.c), or has a name that no file of ours has (dictobject.h).
"""

import pathlib
import re
import sys
import urllib.parse

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent

SOURCES = ("runtime", "interpose", "include", "scripts", "tests", "docs")
# Where the paths in includes and imports begin.
BEGINNINGS = ("runtime", "include", "scripts/refsan")
# Other trees' files, system headers, and the files of examples.
ELSEWHERE = re.compile(r"\b(?:Include|Objects|Python|Modules|Doc|InternalDocs|"
                       r"stdlib|sys|linux)/[\w/.*]*|<\w+\.h>|"
                       r"\b(?:pycore_\w+|\w+object|\w+module)\.[ch]\b|"
                       r"\b[a-z]\.c\b|\bapp\.py\b")

LINK = re.compile(r"\[[^]\n]*\]\(([^)\s]+)\)")
FENCE = re.compile(r"^```.*?^```$", re.MULTILINE | re.DOTALL)
SPAN = re.compile(r"`([^`\n]+)`")
FILE = re.compile(r"(?<![\w/.<%-])([\w*<>-]+(?:/[\w*<>-]+)*\.(?:c|h|def|S|py))"
                  r"(?![\w(.])")
COMMENT = re.compile(r"/\*.*?\*/|(?<!:)//[^\n]*", re.DOTALL)
TEST = re.compile(r"(unit|stress|quiet|bugs|contract|options)\.([\w*-]+)")
FUNCTION = re.compile(r"\brs_\w*[a-z](?![\w*])")
HEADING = re.compile(r"^#+ +(.*)$", re.MULTILINE)


def documents():
    """Not the CHANGELOG: it tells of the past."""
    yield from (ROOT / name for name in ("README.md", "CONTRIBUTING.md"))
    for folder in "docs", "tests":
        yield from sorted((ROOT / folder).rglob("*.md"))
    yield from readmes()


def readmes():
    for folder in "runtime", "interpose":
        yield from sorted((ROOT / folder).rglob("README.md"))


def sources():
    for folder in "runtime", "interpose", "tests":
        for path in sorted((ROOT / folder).rglob("*")):
            if path.suffix in (".c", ".h", ".def", ".S"):
                yield path


def anchors(path):
    """As GitHub makes them of the headings."""
    found = set()
    for heading in HEADING.findall(FENCE.sub("", path.read_text())):
        words = re.sub(r"[^\w\- ]", "", heading.lower())
        found.add(words.replace(" ", "-"))
    return found


def link_complaint(path, target):
    if re.match(r"[a-z]+:", target):
        return None
    name, _, anchor = urllib.parse.unquote(target).partition("#")
    goal = (path.parent / name) if name else path
    if not goal.exists():
        return f"links to {target}: there is no such file"
    if anchor and goal.suffix == ".md" and anchor not in anchors(goal):
        return f"links to {target}: there is no such heading"
    return None


def is_there(path, word):
    """As seen from the root, from where includes and imports begin, or from
    beside the file; one without a folder may be anywhere."""
    word = re.sub(r"<[^>]*>", "*", word).rstrip("/")
    places = [ROOT, path.parent, *(ROOT / top for top in BEGINNINGS)]
    if any(next(place.glob(word), None) for place in places):
        return True
    if "/" in word:
        return False
    return any(next((ROOT / folder).rglob(word), None) for folder in SOURCES)


def paths_of_span(span):
    """A code span that is a path of this repository, or nothing."""
    top = span.partition("/")[0]
    if top and "/" in span and (ROOT / top).is_dir() and " " not in span:
        return [span]
    return [span] if is_file(span) else []


def is_file(span):
    return FILE.fullmatch(span) is not None


def is_test(folder, name):
    stem = {"unit": f"{name}_test", "stress": f"{name}_stress"}
    pattern = stem.get(folder, name) + ".*"
    return name == "layers" or any((ROOT / "tests" / folder).glob(pattern))


def code():
    """The sources without their comments."""
    return "\n".join(COMMENT.sub("", path.read_text()) for path in sources())


def name_complaints(text, known):
    for name in FUNCTION.findall(text):
        if name not in known:
            yield f"names {name}: the code has no such name"


def document_complaints(path):
    text = FENCE.sub("", path.read_text())
    for target in LINK.findall(text):
        yield link_complaint(path, target)
    for span in SPAN.findall(text):
        test = TEST.fullmatch(span)
        if test and not is_file(span) and not is_test(*test.groups()):
            yield f"names `{span}`: there is no such test"
        for word in paths_of_span(span):
            if not is_there(path, word):
                yield f"names `{word}`: there is no such file"


def word_complaints(path, text):
    text = ELSEWHERE.sub("", text)
    for word in FILE.findall(text):
        if not is_there(path, word):
            yield f"names {word}: there is no such file"


def all_complaints():
    known = set(re.findall(r"\brs_\w+", code()))
    prose = {path: path.read_text() for path in documents()}
    words = {path: prose[path] for path in readmes()}
    words.update((path, "\n".join(COMMENT.findall(path.read_text())))
                 for path in sources())
    for path in prose:
        for complaint in document_complaints(path):
            yield path, complaint
    for path, text in words.items():
        for complaint in word_complaints(path, text):
            yield path, complaint
    for path, text in {**prose, **words}.items():
        for complaint in name_complaints(text, known):
            yield path, complaint


complaints = sorted({f"{path.relative_to(ROOT)}: {complaint}"
                     for path, complaint in all_complaints() if complaint})
sys.exit("\n".join(complaints) or 0)
