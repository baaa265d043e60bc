# SPDX-License-Identifier: MIT
"""What the tests of options share: the module `demo` (demo.c), and programs
run with librefsan.so preloaded, or under `refsan run`. CTest names the
interpreter and the library."""

import os
import pathlib
import subprocess
import sys

TESTS = pathlib.Path(__file__).resolve().parent.parent.parent
FOLDER = pathlib.Path.cwd()
PYTHON = os.environ["PYTHON"]
LIBRARY = os.environ["REFSAN_LIBRARY"]
REFSAN = os.environ.get("REFSAN", str(TESTS.parent / "scripts/refsan"))


def build(source=None, include=os.environ["PYTHON_INCLUDE"]):
    """demo.so in the test's own folder."""
    subprocess.run(
        [os.environ.get("CC", "cc"), "-O1", "-g", "-shared", "-fPIC",
         "-fno-omit-frame-pointer", "-fno-optimize-sibling-calls", "-pthread",
         "-Wl,--build-id", f"-I{TESTS}", f"-I{include}",
         "-o", str(FOLDER / "demo.so"),
         source or str(pathlib.Path(__file__).parent / "demo.c")], check=True)


def environment(options):
    kept = {name: value for name, value in os.environ.items()
            if not name.startswith(("PYTHON", "REFSAN_", "LD_PRELOAD"))}
    return {**kept, "PYTHONPATH": str(FOLDER), "REFSAN_OPTIONS": ":".join(
        f"{name}='{value}'" for name, value in options.items())}


def program(code):
    """The code as a file, so that Python frames have lines to show."""
    path = FOLDER / "program.py"
    path.write_text("import demo\n" + code)
    return str(path)


def preloaded(code, cwd=None, **options):
    """The runtime alone: no `refsan run`."""
    return subprocess.run(
        [PYTHON, "-s", program(code)], text=True, capture_output=True,
        timeout=100, cwd=cwd,
        env={**environment(options), "LD_PRELOAD": LIBRARY})


def watched(code, **options):
    """Under `refsan run`."""
    return subprocess.run(
        [sys.executable, REFSAN, "run", "--full", "--", PYTHON, "-s",
         program(code)],
        text=True, capture_output=True, timeout=100,
        env={**environment(options), "REFSAN_LIBRARY": LIBRARY})


def errors(code, **options):
    """The stderr of a program with findings, with the runtime alone."""
    done = preloaded(code, warnings_are_errors=1, **options)
    check(done.returncode == 66, done)
    return done.stderr


def check(condition, shown=""):
    if condition:
        return
    frame = sys._getframe(1)
    if isinstance(shown, subprocess.CompletedProcess):
        shown = (f"status {shown.returncode}\n---- stdout ----\n"
                 f"{shown.stdout}---- stderr ----\n{shown.stderr}")
    sys.exit(f"{frame.f_code.co_filename}:{frame.f_lineno}: not so\n{shown}")


def block(text, begin):
    """The lines after the one that begins so, as far as they are frames or
    rows of a table."""
    lines = iter(text.splitlines())
    for line in lines:
        if line.startswith(begin):
            break
    rows = []
    for line in lines:
        if not line.startswith("    "):
            break
        rows.append(line)
    return rows


def own_stack(text):
    """The frames of the act: the first stack of the first report."""
    line = next(line for line in text.splitlines()
                if line.startswith("  ") and " by thread " in line)
    return block(text, line)


build()
