# SPDX-License-Identifier: MIT
"""op_stacks: each operation in a history has its callers, too."""

import json
import os
import subprocess

import support
from support import check

subprocess.run(
    [os.environ.get("CC", "cc"), "-O1", "-g", "-shared", "-fPIC", "-pthread",
     "-fno-omit-frame-pointer", "-fno-optimize-sibling-calls",
     f"-I{support.TESTS.parent / 'include/refsan/instrument'}",
     f"-I{support.TESTS}", f"-I{os.environ['PYTHON_INCLUDE']}", "-o", "t.so",
     str(support.TESTS / "options/support/callers.c")], check=True)
CODE = "import t\nthing = []\nt.copy(thing)\nt.detached(thing)\n"


def history(**options):
    done = support.preloaded(CODE, jsonl_path="found", **options)
    check(done.returncode == 66, done)
    with open("found", encoding="utf-8") as lines:
        acts = json.loads(lines.readline())["history"]
    os.remove("found")
    return done.stderr, acts


text, acts = history()
check("hold" in text and " called in copy" not in text, text)
check(all("callers" not in act for act in acts), acts)
text, acts = history(op_stacks=1)
check(" called in copy (" in text, text)
check(acts[0]["callers"][0]["function"] == "copy", acts[0])
