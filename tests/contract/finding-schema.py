# SPDX-License-Identifier: MIT
"""docs/finding.schema.json describes findings as they are, strictly: with no
member that it does not know. It and docs/json.md name the same members.

Without the package jsonschema only the names are compared, and the test says
that it was skipped."""

import json
import os
import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
sys.path.insert(0, str(ROOT / "tests/options"))

SCHEMA = json.loads((ROOT / "docs/finding.schema.json").read_text())
PAGE = (ROOT / "docs/json.md").read_text()
ROW = re.compile(r"^\| (`[^|]*`) \| (.*) \|$", re.MULTILINE)
WORD = re.compile(r"`([a-z_]+)`")
# The rows of docs/json.md about parts of a finding: what describes them here.
PARTS = {"object": "object", "object.counts": "counts", "threads": "thread",
         "stacks": "stack", "stacks[].frames": "native_frame",
         "stacks[].python": "python_frame", "stacks[].locks": "lock", "history": "act",
         "crash": "crash", "crash.pointers": "crash_pointer",
         "crash.threads": "crash_thread", "crash.cause": "crash_cause",
         "crash.locks": "crash_locks", "hang": "hang"}
PROGRAM = """
import threading
demo.detached([])
demo.refused()
demo.share([])
demo.deep(3)
demo.race(3)
"""
CRASH = """
import ctypes, signal, threading
demo.detached([])
with threading.Lock(): signal.raise_signal(signal.SIGUSR1)
ctypes.string_at(0)
"""
OPTIONS = [{}, {"op_stacks": 1}, {"history": 0, "native_frames": 1}]


def enums(node):
    """All words that a value may be, anywhere below."""
    if isinstance(node, dict):
        yield from (word for word in node.get("enum", []) if word)
        for value in node.values():
            yield from enums(value)
    elif isinstance(node, list):
        for value in node:
            yield from enums(value)


def compare_names():
    rows = {name: words for names, words in ROW.findall(PAGE)
            for name in re.findall(r"`([^`]*)`", names)}
    named = {name for name in rows if re.fullmatch(r"[a-z_]+", name)}
    known = set(SCHEMA["properties"])
    yield from (f"{name}: not in the schema" for name in named - known)
    yield from (f"{name}: not in docs/json.md" for name in known - named)
    for row, part in PARTS.items():
        known = set(SCHEMA["$defs"][part]["properties"])
        named = set(WORD.findall(rows[row]))
        yield from (f"{row}: {name}: not in docs/json.md"
                    for name in known - named)
        yield from (f"{row}: {name}: not in the schema"
                    for name in named - known - set(enums(SCHEMA)))


def strict(node):
    """The schema, without room for members that it does not name."""
    if isinstance(node, list):
        return [strict(value) for value in node]
    if not isinstance(node, dict):
        return node
    node = {key: strict(value) for key, value in node.items()}
    if "properties" in node and node.get("type") == "object":
        node["additionalProperties"] = False
    return node


def real_findings():
    import support
    support.build()
    for run in support.preloaded, support.watched:
        for program, options in [(PROGRAM, each) for each in OPTIONS] + [
                (CRASH, {"report_signal": "USR1"})]:
            path = support.FOLDER / "findings"
            path.unlink(missing_ok=True)
            done = run(program, jsonl_path=path, **options)
            found = [json.loads(line)
                     for line in path.read_text().splitlines()]
            if len({finding["kind"] for finding in found}) < 2:
                sys.exit(f"too few kinds: {done.stderr}")
            yield from found


def main():
    complaints = list(compare_names())
    if complaints:
        sys.exit("\n".join(complaints))
    if not os.environ["PYTHON"]:
        print("names compared; no Python 3.15 here for real findings")
        sys.exit(77)
    try:
        import jsonschema
    except ImportError:
        print("names compared; there is no package jsonschema for the rest")
        sys.exit(77)
    jsonschema.Draft202012Validator.check_schema(SCHEMA)
    validator = jsonschema.Draft202012Validator(strict(SCHEMA))
    kinds = set()
    for finding in real_findings():
        kinds.add(finding["kind"])
        for error in validator.iter_errors(finding):
            sys.exit(f"{finding['kind']}: {error.json_path}: {error.message}")
        broken = {**finding, "fingerprint": 5}
        if validator.is_valid(broken):
            sys.exit("the schema takes anything")
    print("validated:", *sorted(kinds))


main()
