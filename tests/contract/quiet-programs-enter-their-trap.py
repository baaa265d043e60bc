# SPDX-License-Identifier: MIT
"""Every quiet program names its trap, for every interpreter it is for, and has
code that can show it. A run that says nothing of a trap, or of another one,
fails."""

import itertools
import pathlib
import sys
import types

TESTS = pathlib.Path(__file__).resolve().parent.parent
sys.path.insert(0, str(TESTS))

import expect  # noqa: E402
import expectation  # noqa: E402

SUMMARY = "refsan: 0 errors, 0 warnings in 1 process\n"
INTERPRETERS = [
    types.SimpleNamespace(name=f"{minor}{'t' * ft}", version=(3, minor, 5),
                          is_free_threaded=ft, is_shared=False, is_debug=False)
    for minor, ft in itertools.product(range(12, 16), (False, True))]
complaints = []


def judge(block, interpreter, traps):
    out = "".join(f"entered: {trap}\n" for trap in traps)
    return expect.judge("quiet", block, interpreter, 0, out, SUMMARY)


def check(path):
    block = expectation.Expectation(path)
    code = block.text.partition("#include")[2] or block.text
    code += block.get("run", INTERPRETERS[0], "")
    code = code.replace('"\n', '"')
    for interpreter in filter(block.is_for, INTERPRETERS):
        traps = block.get("trap", interpreter, "").splitlines()
        on = f"{path.name} on {interpreter.name}"
        if not traps:
            complaints.append(f"{on}: no trap: in the comment")
        elif judge(block, interpreter, traps):
            complaints.append(f"{on}: {judge(block, interpreter, traps)}")
        elif not judge(block, interpreter, traps[1:]):
            complaints.append(f"{on}: passes without {traps[0]!r}")
        elif not judge(block, interpreter, [*traps, "another"]):
            complaints.append(f"{on}: passes with another trap")
        complaints.extend(f"{on}: nothing says {trap!r}"
                          for trap in traps if trap not in code)


programs = [path for path in sorted((TESTS / "quiet").iterdir())
            if path.suffix in (".c", ".cpp", ".py")]
if len(programs) < 70:
    complaints.append("the quiet programs have gone")
for program in programs:
    check(program)
sys.exit("\n".join(complaints) or 0)
