#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Runs one test program of bugs/ or quiet/ under `refsan run`, and compares.

  expect.py FILE --python PATH [--variant bug|fixed|crash|quiet|instrumented]
            [--library SO] [--write|--renew|--story]

As `bug` the program must produce the report in its first comment
(expectation.py), and the story made of the same finding, if there is one; as `fixed` and `quiet`, nothing, and exit with 0; a quiet
program must also say on its stdout that it entered the traps of its comment.
`instrumented` is `quiet`, built as `refsan cc` does. CTest runs it after
building the extension module; by hand it is built here. As `crash` the mistake
of a bug is let happen, and the crash's report is compared.
REFSAN_TEST_REPEAT=N runs it N times.
"""

import argparse
import os
import pathlib
import re
import signal
import subprocess
import sys
import tempfile

import expectation
import interpreters
import rewriting
import stories
from refsan import sanitizers

ROOT = pathlib.Path(__file__).resolve().parent.parent
SECONDS = 60
CRASH_SECONDS = 240
NOTHING_WATCHED = 67
NOT_HERE = 77
LISTS = """\
import freed_lists
kept = freed_lists.settle()
%s
freed_lists.reuse()
"""
SUMMARY = re.compile(r"^refsan: \d+ errors?, \d+ warnings? in ", re.MULTILINE)


def module_name(text):
    return re.search(r"^(?:EXT_MODULE(?:_[A-Z]+)?\(|PyInit_)(\w+)", text,
                     re.MULTILINE)[1]


def compile_command(block, interpreter, variant, output):
    """Optimized as wheels are, with the frame pointers Python 3.15 builds
    them with. Instrumented: as `refsan cc` does it."""
    is_instrumented = block.is_instrumented or variant == "instrumented"
    return [
        os.environ.get("CC", "gcc"),
        *([f"-I{ROOT / 'include/refsan/instrument'}"]
          if is_instrumented else []),
        *(["-fsanitize=thread"] if block.is_tsan else []),
        "-O1", "-g", "-Wall", "-shared", "-fPIC",
        "-fno-omit-frame-pointer", "-pthread", "-Wl,--build-id",
        *(["-DFIXED"] if variant == "fixed" else []),
        *(["-DPy_LIMITED_API=0x030c0000"] if block.is_abi3 else []),
        f"-I{ROOT / 'tests'}", f"-I{ROOT / 'include'}",
        *(f"-I{include}" for include in interpreter.includes),
        "-o", str(output), str(block.path),
        *(["-std=c++20", "-lstdc++"] if block.path.suffix == ".cpp" else [])]


def exit_statuses(wanted):
    """The statuses that `exit:` stands for: a number or a signal's name."""
    if wanted.startswith("SIG"):
        number = signal.Signals[wanted].value
        return {-number, 128 + number}
    return {int(wanted)}


def program(args, block, interpreter):
    """The Python program, and the options it is run with."""
    text = block.get("run", interpreter, "import t") + "\n"
    options = block.get("options", interpreter, "")
    if args.variant == "crash":
        options = f"{options} neutralise=0".lstrip()
        if crash_of(block, interpreter)[0] == "lists":
            text = LISTS % text
    return text, options


def crash_of(block, interpreter):
    """How it crashes, and lines of the report."""
    how, *lines = block.get("crash", interpreter).splitlines()
    if how not in ("plainly", "lists") or not lines:
        raise expectation.Mistake(f"crash: {how!r} is no way to crash, or "
                                  "no line of the report is there")
    return how, lines


def run(args, block, interpreter):
    """One run: (status, stdout, stderr)."""
    script = block.path
    text, options = program(args, block, interpreter)
    if block.path.suffix != ".py":
        script = args.folder / "run.py"
        script.write_text(text)
    environment = {name: value for name, value in os.environ.items()
                   if not name.startswith(("PYTHON", "REFSAN_"))
                   or name.startswith("REFSAN_MUTATE")}  # scripts/mutate
    environment["REFSAN_OPTIONS"] = options
    environment["PYTHONPATH"] = f"{args.folder}:{ROOT / 'tests'}"
    if block.is_tsan:
        environment.update(tsan_environment(
            args.folder / f"{module_name(block.text)}.so"))
    findings(args).unlink(missing_ok=True)
    if args.library:
        environment["REFSAN_LIBRARY"] = str(args.library.resolve())
    process = subprocess.Popen(
        [sys.executable, str(args.refsan), "run", "--full", "--jsonl",
         str(findings(args)), "--", interpreter.path, "-s", "-X",
         "faulthandler", str(script)],
        cwd=args.folder, env=environment, text=True, errors="replace",
        stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        start_new_session=True)
    try:
        out, err = process.communicate(
            timeout=CRASH_SECONDS if args.variant == "crash" else SECONDS)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        out, err = process.communicate()
        return "timeout", out, err
    return process.returncode, out, err


def tsan_environment(module):
    """For a module that TSan instruments: the runtime of its compiler, which
    gcc names and clang leaves open. Without any the test is skipped."""
    is_llvm = b"libtsan.so" not in module.read_bytes()
    for runtime in sanitizers.tsan_runtimes():
        if runtime.is_llvm == is_llvm:
            return {"LD_PRELOAD": runtime.path, "TSAN_OPTIONS":
                    runtime.options("ignore_noninstrumented_modules=1")}
    print(f"no TSan runtime for {module}")
    sys.exit(NOT_HERE)


def findings(args):
    return args.folder / "findings.jsonl"


def judge_story(args, block, interpreter):
    """None when the short report is as expected; else the complaint."""
    wanted = block.get("story", interpreter)
    if args.variant != "bug" or wanted is None:
        return None
    made = stories.render(block, findings(args))
    if made is None:
        return "no finding to make a story of"
    complaint = stories.compare(
        wanted, made, block.marks(block.get("run", interpreter, "")))
    return complaint and f"{complaint}\n---- story ----\n{made}"


def judge(variant, block, interpreter, status, out, err):
    """None when the run was as expected; else the complaint."""
    if variant == "crash":
        return judge_crash(block, interpreter, status, err)
    clean = variant != "bug"
    wanted = "0" if clean else block.get("exit", interpreter, "66")
    if clean:
        said = expectation.titles(err.splitlines())
        complaint = f"reported {said[0]!r}" if said else None
        if complaint is None and variant in ("quiet", "instrumented"):
            complaint = expectation.compare_traps(
                block.get("trap", interpreter, ""), out)
    else:
        program = block.get("run", interpreter, "")
        report = block.get("report", interpreter)
        complaint = ("no report: in the comment" if report is None else
                     expectation.compare(report, err, block.marks(program)))
    if complaint is None and status not in exit_statuses(wanted):
        complaint = f"exit status {status}, not {wanted}"
    if complaint is None and not SUMMARY.search(err):
        complaint = "no summary line: was refsan there at all?"
    if status == NOTHING_WATCHED:
        complaint = "refsan could not watch anything"
    return complaint


def judge_crash(block, interpreter, status, err):
    if status not in exit_statuses("SIGSEGV") | exit_statuses("SIGABRT"):
        return f"exit status {status}: it did not crash"
    return expectation.compare_crash(
        crash_of(block, interpreter)[1], err,
        block.marks(block.get("run", interpreter, "")))


def show(block, interpreter, variant, complaint, out, err):
    print(f"{block.path.name} on {interpreter.name} as {variant}: {complaint}")
    for name, text in [("stdout", out), ("stderr", err)]:
        print(f"---- {name} ----\n{text}", end="")
    if variant == "bug":
        report = block.get("report", interpreter, "")
        print(f"---- expected ----\n{report}")


def build(args, block, interpreter):
    """Only by hand: CTest's modules are there already."""
    args.folder.mkdir(parents=True, exist_ok=True)
    if block.path.suffix == ".py" or args.is_built:
        return
    output = args.folder / f"{module_name(block.text)}.so"
    subprocess.run(compile_command(block, interpreter, args.variant, output),
                   check=True)


def parse_arguments():
    parser = argparse.ArgumentParser(
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("file", type=pathlib.Path)
    parser.add_argument("--python", required=True, action="append",
                        help="several only with --write, --renew and --story")
    parser.add_argument("--write", action="store_true",
                        help="put the whole report into the file")
    parser.add_argument("--renew", action="store_true",
                        help="the same, and a short report stays short")
    parser.add_argument("--story", action="store_true",
                        help="put the short report into the file")
    parser.add_argument("--variant", default="bug",
                        choices=["bug", "fixed", "crash", "quiet",
                                 "instrumented"])
    parser.add_argument("--refsan", default=ROOT / "scripts/refsan")
    parser.add_argument("--library", type=pathlib.Path,
                        help="librefsan.so; else the one refsan finds")
    parser.add_argument("--folder", type=pathlib.Path,
                        help="where the module is and the program runs; "
                        "else a new one, for this run alone")
    parser.add_argument("--is-built", action="store_true",
                        help="the folder has the module")
    return parser.parse_args()


def write(args, block, found):
    """Puts what is reported into the file, for --write, --renew and
    --story."""
    def runs(interpreter):
        build(args, block, interpreter)
        for _ in range(repetitions()):
            err = run(args, block, interpreter)[2]
            yield (stories.render(block, findings(args)) if args.story
                   else err)

    if args.story:
        rewriting.rewrite_story(block, found, runs)
    else:
        rewriting.rewrite(block, found, runs, args.renew)
    return 0


def repetitions():
    return int(os.environ.get("REFSAN_TEST_REPEAT") or 1)


def main():
    args = parse_arguments()
    if args.folder:
        return expect(args)
    with tempfile.TemporaryDirectory(prefix="refsan-expect-") as folder:
        args.folder = pathlib.Path(folder)
        return expect(args)


def expect(args):
    args.folder = args.folder.resolve()
    found = [interpreters.probe(path) for path in args.python]
    if None in found:
        return f"{args.python[found.index(None)]} is no interpreter that works"
    block = expectation.Expectation(args.file.resolve())
    suited = [interpreter for interpreter in found
              if block.is_for(interpreter) and (
                  args.variant != "crash"
                  or block.get("crash", interpreter) is not None)]
    if not suited:
        return f"{args.file.name} is not for {found[0].name}"
    if args.write or args.renew or args.story:
        return write(args, block, suited)
    build(args, block, suited[0])
    for _ in range(repetitions()):
        status, out, err = run(args, block, suited[0])
        complaint = (judge(args.variant, block, suited[0], status, out, err)
                     or judge_story(args, block, suited[0]))
        if complaint:
            show(block, suited[0], args.variant, complaint, out, err)
            return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
