# SPDX-License-Identifier: MIT
"""What symbols.def says about references is what CPython says: which results
are new and which are borrowed, by Doc/data/refcounts.dat, which functions
steal, by the words of Doc/c-api, and which functions there are, by
Misc/stable_abi.toml and the headers.

Needs a source tree: that of an interpreter that was built from one and is
still there, or those in REFSAN_CPYTHON_SOURCE. Each is asked.

Missed: which argument is stolen, and when. The data counts what happens to a
reference, and a reference that is kept and one that is stolen are both "0"
there; where symbols.def says stolen, only the opposite, "+1", can be noticed;
what is stolen on success only it writes in either way. Nor is much of the data
about what refsan knows: functions it does not list are counted, and said.
"""

import os
import pathlib
import re
import subprocess
import sys
import tomllib

TESTS = pathlib.Path(__file__).resolve().parent.parent
sys.path.insert(0, str(TESTS))

import interpreters  # noqa: E402

DATA = "Doc/data/refcounts.dat"
MANUAL = "Doc/c-api"
ENTRY = re.compile(r"^\.\. c:function:: .*?(\w+)\(.*$", re.MULTILINE)
ASK = """import sysconfig
for name in "srcdir", "abs_srcdir":
    print(sysconfig.get_config_var(name) or "")"""
NEWEST = (3, 15)  # what symbols.def is complete for
COUNTS = {"INCREF": "+1", "DECREF": "-1"}


class Tree:
    """The data of one version's source tree."""

    def __init__(self, root):
        self.root = root
        header = (root / "Include/patchlevel.h").read_text()
        self.version = tuple(
            int(re.search(rf"PY_{part}_VERSION\s+(\d+)", header)[1])
            for part in ("MAJOR", "MINOR"))
        self.name = "%d.%d" % self.version
        self.results = {}  # function -> (type, effect)
        self.parameters = {}  # function -> [(type, effect)]
        self._read_data()
        abi = tomllib.loads((root / "Misc/stable_abi.toml").read_text())
        self.functions = set(abi["function"]) | self._declared()

    def _read_data(self):
        for line in (self.root / DATA).read_text().splitlines():
            if line.startswith("#") or line.count(":") < 4:
                continue
            function, kind, name, effect, _ = line.split(":", 4)
            row = (kind.replace(" ", ""), effect)
            if name == "" and function not in self.results:
                self.results[function] = row
                self.parameters[function] = []
            elif function in self.results:
                self.parameters[function].append(row)

    def _declared(self):
        """Exported functions; an inline one is not among them."""
        declaration = re.compile(
            r"PyAPI_FUNC\([^)]*\)[\s*]*(?:\w+\s+)*?(\w+)\s*\(")
        return {name for path in (self.root / "Include").rglob("*.h")
                for name in declaration.findall(path.read_text())}

    def stealing(self):
        """Functions that the manual says to steal, exported ones."""
        found = set()
        for path in (self.root / MANUAL).glob("*.rst"):
            text = path.read_text()
            for entry in ENTRY.finditer(text):
                # To the next thing that begins a line.
                words = re.split(r"^\S", text[entry.end():], maxsplit=1,
                                 flags=re.MULTILINE)[0]
                if re.search(r"\b(steals?|stolen)\b", words):
                    found.add(entry[1])
        return found & self.functions

    def all_with(self, effect):
        """Functions whose result, or one of whose objects, has `effect`."""
        if effect == "0":
            found = {name for name, row in self.results.items()
                     if row[1] == "0"}
        else:
            found = {name for name, rows in self.parameters.items()
                     if any(row[1] == effect for row in rows)}
        return found & self.functions


def find_trees():
    asked = os.environ.get("REFSAN_CPYTHON_SOURCE", "").split(os.pathsep)
    for interpreter in interpreters.find().values():
        asked += subprocess.run([interpreter.path, "-c", ASK], text=True,
                                capture_output=True).stdout.splitlines()
    roots = [pathlib.Path(root).resolve() for root in asked if root]
    return [Tree(root) for root in dict.fromkeys(roots)
            if (root / DATA).is_file()]


def known():
    """[(macro, symbol, the rest of the line)] of symbols.def."""
    text = (TESTS.parent / "interpose/symbols.def").read_text()
    return re.findall(r"^RS_API_(\w+)\((\w+)(.*)$", text, re.MULTILINE)


def shape(rest):
    """The parameters of a line, as the data would write their types."""
    words = re.search(r"\(([^()]+)\),\s*\(", rest)[1].split(",")
    return ["PyObject**" if "void **" in word else
            "PyObject*" if "void *" in word else "" for word in words]


def same_shape(rest, rows):
    told = [kind if kind.startswith("PyObject*") else "" for kind, _ in rows]
    return shape(rest) == told


def complaint_about(macro, rest, result, rows):
    """Why the data contradicts a line; None when it does not."""
    effects = [effect for _, effect in rows]
    if macro == "LENDS" and result != ("PyObject*", "0"):
        return f"lends, and the data says {result[1] or result[0]}"
    if macro.startswith("REF") and "+1" not in (result[1], *effects):
        return "returns a new reference, and the data knows of none"
    if macro.startswith(("LENDS", "STEALS", "TAKES_OVER", "CHANGES")):
        if not same_shape(rest, rows):
            return f"its parameters are {[kind for kind, _ in rows]}"
        if effects[0] != "0":
            return "its container is counted"
    if macro == "STEALS" and effects[-1] != "0":
        return f"steals, and the data says that it takes {effects[-1]}"
    if macro.startswith("OP"):
        wanted = COUNTS.get(rest.strip(" ,)"))
        if wanted and effects != [wanted]:
            return f"counts {wanted}, and the data says {effects}"
    return None


def check(tree, lines):
    told = 0
    for macro, symbol, rest in lines:
        if symbol not in tree.results:
            if macro == "LENDS":
                yield f"{symbol}: the data does not know what it lends"
            continue
        told += 1
        complaint = complaint_about(macro, rest, tree.results[symbol],
                                    tree.parameters[symbol])
        if complaint:
            yield f"{symbol}: {complaint}"
    names = {symbol for _, symbol, _ in lines}
    for symbol in sorted(tree.stealing() - names):
        yield f"{symbol}: steals, and has no line"
    lending = {symbol for macro, symbol, _ in lines
               if macro in ("LENDS", "UNWATCHED", "BY_HAND_LENDS",
                            "UNWATCHED_LENDS")}
    for symbol in sorted(tree.all_with("0") - lending):
        yield f"{symbol}: lends, and has no line"
    for symbol in sorted(tree.all_with("-1") - names):
        yield f"{symbol}: releases what it is given, and has no line"
    print(f"{tree.name}: {told} of {len(lines)} lines have data, "
          f"{len(tree.all_with('0'))} functions lend")


def missing(trees, lines):
    if max(tree.version for tree in trees) < NEWEST:
        print("no source of the newest version: names are not checked")
        return
    functions = set().union(*(tree.functions for tree in trees))
    for macro, symbol, _ in lines:
        if macro != "LIBC" and symbol not in functions:
            yield f"{symbol}: no version here has it"


def main():
    trees = find_trees()
    if not trees:
        print("no source tree of CPython is here: build an interpreter from "
              "one, or set REFSAN_CPYTHON_SOURCE")
        return 77
    lines = known()
    complaints = [f"{tree.name}: {complaint}" for tree in trees
                  for complaint in check(tree, lines)]
    complaints += missing(trees, lines)
    return "\n".join(complaints) or 0


if __name__ == "__main__":
    sys.exit(main())
