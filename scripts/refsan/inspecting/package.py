# SPDX-License-Identifier: MIT
"""The extension modules of a package, and what they tell an interpreter about
its GIL. Both are asked in children of that interpreter: what is imported may
crash, or not end."""

import json
import os
import pathlib
import signal
import subprocess

from ..mistake import Mistake

SECONDS = 60
NOT_WATCHED = 67
HERE = pathlib.Path(__file__).parent


def run(python, program, *arguments, said=None, seconds=SECONDS):
    """The finished child; its environment is the user's, but for what decides
    about the GIL."""
    environment = {name: value for name, value in os.environ.items()
                   if name not in ("PYTHON_GIL", "LD_PRELOAD")}
    try:
        return subprocess.run(
            [*python, "-c", (HERE / program).read_text(), *arguments],
            env=environment, input=said or "", text=True, capture_output=True,
            timeout=seconds, errors="backslashreplace")
    except OSError as error:
        raise Mistake(f"cannot run {python[0]}: {error.strerror}",
                      127) from error


def find(python, name):
    """What the interpreter says of the package, as child_find.py prints it."""
    try:
        answer = json.loads(run(python, "child_find.py", name).stdout)
    except (ValueError, subprocess.TimeoutExpired) as error:
        raise Mistake(f"{python[0]} does not answer as a Python does",
                      NOT_WATCHED) from error
    if not answer["is_there"]:
        why = f" ({answer['why']})" if answer["why"] else ""
        raise Mistake(f"{python[0]} has no package {name}{why}")
    return answer


def ask(python, names):
    """name -> what child_import.py says of it, or {"error": …}. A child for
    all, and one more after each that ends it."""
    answers, rest = {}, list(names)
    while rest:
        status, lines = import_all(python, rest)
        last = None
        for line in lines:
            last = line.get("begin", last)
            if "name" in line:
                answers[line["name"]] = line
        if last is None:  # it cannot even begin
            return answers
        answers.setdefault(last, {"error": status})
        rest = rest[rest.index(last) + 1:]
    return answers


def import_all(python, names):
    """(how the child ended, the lines that it wrote)."""
    seconds = SECONDS + 2 * len(names)
    try:
        done = run(python, "child_import.py", said=json.dumps(names), seconds=seconds)
        output, status = done.stdout, ending(done.returncode)
    except subprocess.TimeoutExpired as error:
        output = (error.stdout or b"").decode(errors="backslashreplace")
        status = f"importing it takes more than {seconds} seconds"
    lines = []
    for line in output.splitlines():
        try:
            lines.append(json.loads(line))
        except ValueError:
            continue  # the last one, cut
    return status, lines


def ending(status):
    if status < 0:
        name = signal.Signals(-status).name
        return f"importing it kills the process: {name}"
    return f"importing it ends the process with status {status}"


def gil(answer, is_free_threaded):
    """What the module says about the GIL, and how that is known."""
    if answer is None or "error" in answer:
        return "unknown: it cannot be imported"
    slot = answer["slot"]
    if slot == "not-used":
        return "not needed (Py_mod_gil is Py_MOD_GIL_NOT_USED)"
    if slot == "used":
        return "needed (Py_mod_gil is Py_MOD_GIL_USED)"
    if slot == "no-slot":
        return ("needed (no Py_mod_gil): importing it switches the GIL on"
                if is_free_threaded else "no Py_mod_gil in this build")
    if not is_free_threaded:
        return "unknown: only its free-threaded build can say it"
    if answer["turned_on_by"] == answer["name"]:
        return "needed: importing it switches the GIL on"
    if not answer["is_on"]:
        return "not needed (PyUnstable_Module_SetGIL)"
    return "unknown: another module has switched the GIL on before"
