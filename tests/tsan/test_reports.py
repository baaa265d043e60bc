# SPDX-License-Identifier: MIT
"""TSan's own reports: Python frames are in their stacks, and refsan says which
object a data race is about, behind TSan's report and as a record of its own."""

import functools
import json
import re
import subprocess
import unittest

import programs
from programs import hosts, interpreters

PROGRAM = """
import threading
import cells

class Job:
    def __init__(self):
        self.cell = cells.Cell()  # @birth

    def write(self):  # @write
        cells.first(self.cell)

    def finish(self):  # @finish
        def inner():  # @inner
            cells.second(self.cell)  # @second
        inner()

def main():  # @main
    for cell in CELLS:
        job = Job()
        job.cell = job.cell if cell else None
        thread = threading.Thread(target=job.write, name="worker")
        thread.start()
        job.finish()
        thread.join()

main()
print("done")
"""
DEEP = """
import sys
import threading
import cells

def recurse(depth):
    if depth:
        recurse(depth - 1)

def work():
    recurse(100_000)
    print("done")

sys.setrecursionlimit(300_000)
threading.stack_size(512 << 20)
thread = threading.Thread(target=work)
thread.start()
thread.join()
"""
TITLE = "refsan: tsan-race: "
# TSan says nothing of a race of which it has forgotten one stack.
TSAN_OPTIONS = f"{programs.TSAN_OPTIONS}:history_size=7:atexit_sleep_ms=0"
EVERY_RACE = "suppress_equal_stacks=0:suppress_equal_addresses=0"


def line(mark):
    return next(number for number, text in enumerate(PROGRAM.splitlines(), 1)
                if text.endswith(f"# @{mark}"))


def stack(text, title):
    """(function, line) of the frames below that line, as TSan prints them;
    those of the interpreter and of refsan without a line."""
    lines = iter(text.splitlines())
    for found in lines:
        if re.match(title, found.strip()):
            break
    frames = []
    for found in lines:
        match = re.match(r" +#\d+ (\S+) (?:.*/program\.py:(\d+))?", found)
        if not match:
            break
        frames.append((match[1], match[2] and int(match[2])))
    return frames


@functools.cache
def ways():
    """[(words, interpreter, folder of the module, runtime)]; made once."""
    found = []
    for runtime in programs.runtimes():
        compiler = "clang" if runtime.is_llvm else "gcc"
        if compiler in programs.compilers():
            found.append((compiler, hosts.PYTHON, programs.instrumented(
                compiler, programs.TESTS / "tsan/cells.c", "cells.so"),
                runtime))
    for python in interpreters.find_watchful().values():
        folder = hosts.FOLDER / python.name
        folder.mkdir(exist_ok=True)
        subprocess.run(
            ["clang", "-O1", "-g", "-shared", "-fPIC", "-fsanitize=thread",
             "-pthread", f"-I{programs.TESTS}",
             *[f"-I{path}" for path in python.includes], "-o",
             folder / "cells.so", programs.TESTS / "tsan/cells.c"],
            check=True)
        found.append((python.name, python.path, folder, None))
    return found


class ReportsTest(unittest.TestCase):
    maxDiff = None

    def program(self, folder, cells="[True]"):
        path = folder / "program.py"
        path.write_text(PROGRAM.replace("CELLS", cells))
        return path

    def findings(self):
        path = hosts.FOLDER / "findings.jsonl"
        found = [json.loads(row) for row in path.read_text().splitlines()] \
            if path.exists() else []
        path.unlink(missing_ok=True)
        return found

    def run_it(self, python, folder, runtime=None, cells="[True]", refsan=(),
               tsan="", **environment):
        more = {"LD_PRELOAD": runtime.path} if runtime else {}
        options = f"{TSAN_OPTIONS}:{tsan}"
        if runtime:
            options = runtime.options(options)
        (hosts.FOLDER / "findings.jsonl").unlink(missing_ok=True)
        done = programs.run(
            python, "-s", self.program(folder, cells), PYTHONPATH=str(folder),
            refsan=["--jsonl", hosts.FOLDER / "findings.jsonl", *refsan],
            TSAN_OPTIONS=options, **more, **environment)
        self.words = f"{done.stdout}\n----\n{done.stderr}"
        self.assertEqual(done.stdout, "done\n", self.words)
        return done

    def check_frames(self, said):
        """Python's between the native ones, in both stacks."""
        now = stack(said, "Write of size 4 .* by main thread")
        before = stack(said, "Previous write of size 4 .* by thread")
        python = [frame for frame in now if frame[1]]
        self.assertEqual(now[0][0], "second", self.words)
        self.assertEqual(python[:3], [
            ("Job.finish.<locals>.inner", line("inner")),
            ("Job.finish", line("finish")), ("main", line("main"))],
            self.words)
        self.assertEqual(before[0][0], "first", self.words)
        self.assertEqual([frame for frame in before if frame[1]],
                         [("Job.write", line("write"))], self.words)
        self.assertIn("Thread.run", [name for name, _ in before], self.words)

    def check_finding(self, found):
        self.assertEqual([finding["kind"] for finding in found],
                         ["tsan-race"], self.words)
        finding = found[0]
        self.assertEqual(finding["severity"], "warning")
        self.assertEqual(finding["object"]["type"], "cells.Cell")
        self.assertEqual(finding["object"]["state"], "live")
        self.assertEqual(finding["memory"]["bytes"], 4)
        self.assertGreaterEqual(finding["memory"]["offset"], 16)
        self.assertEqual(finding["evidence"], ["tsan"])
        stacks = {row["role"]: row for row in finding["stacks"]}
        act, other = stacks["act"], stacks["unordered"]
        self.assertEqual((act["op"], other["op"]), ("write", "write"))
        self.assertEqual(act["frames"][0]["function"], "second")
        self.assertEqual(other["frames"][0]["function"], "first")
        self.assertEqual(act["python"][0]["line"], line("second"))
        self.assertEqual(stacks["birth"]["python"][0]["line"], line("birth"))
        names = {row["id"]: row["name"] for row in finding["threads"]}
        self.assertEqual(names.get(other["thread"]), "worker", self.words)
        self.assertNotEqual(act["thread"], other["thread"])
        return other

    def test_frames_and_object(self):
        for way, python, folder, runtime in ways():
            with self.subTest(way):
                done = self.run_it(python, folder, runtime)
                self.assertEqual(done.returncode, 66, self.words)
                self.check_frames(done.stderr)
                other = self.check_finding(self.findings())
                self.assertEqual(other["python"][0]["function"], "Job.write",
                                 self.words)
                self.assertIn("refsan: 0 errors, 1 warning in", done.stderr)

    def test_statuses(self):
        """TSan's finding is TSan's: refsan's status does not count it."""
        for way, python, folder, runtime in ways():
            for tsan, options, status in (
                    ("exitcode=0", "", 0),
                    ("exitcode=0", "warnings_are_errors=1:exitcode=7", 7)):
                with self.subTest(way, tsan=tsan, options=options):
                    done = self.run_it(python, folder, runtime, tsan=tsan,
                                       options=options)
                    self.assertEqual(done.returncode, status, self.words)
                    self.check_finding(self.findings())

    def test_said_once(self):
        """Three objects, three reports of TSan's, one finding; and nothing
        about memory that is no object's."""
        for way, python, folder, runtime in ways():
            with self.subTest(way):
                done = self.run_it(python, folder, runtime,
                                   "[True, False, True, True]",
                                   tsan=EVERY_RACE)
                self.assertEqual(done.stderr.count(
                    "WARNING: ThreadSanitizer: data race"), 4, self.words)
                self.assertEqual(done.stderr.count(TITLE), 1, self.words)
                self.assertIn("refsan: 0 errors, 3 warnings in", done.stderr)
                self.check_finding(self.findings())
                done = self.run_it(python, folder, runtime, "[False]")
                self.assertIn("ThreadSanitizer: data race", done.stderr)
                self.assertEqual(self.findings(), [], self.words)

    def test_behind_the_report(self):
        """Without `refsan run`, whatever ends the process then."""
        for way, python, folder, runtime in ways():
            preload = hosts.LIBRARY + (f":{runtime.path}" if runtime else "")
            for tsan in "", "halt_on_error=1":
                done = subprocess.run(
                    [python, "-s", self.program(folder)], text=True,
                    capture_output=True, timeout=200,
                    env={**hosts.support.environment({}),
                         "LD_PRELOAD": preload, "PYTHONPATH": str(folder),
                         "TSAN_OPTIONS": f"{TSAN_OPTIONS}:{tsan}"})
                with self.subTest(way, tsan=tsan):
                    order = [done.stderr.find(words) for words in (
                        "WARNING: ThreadSanitizer: data race",
                        "SUMMARY: ThreadSanitizer: data race", TITLE,
                        "refsan: 0 errors, 1 warning;")]
                    self.assertNotIn(-1, order, done.stderr)
                    self.assertEqual(order, sorted(order), done.stderr)
                    self.assertEqual(done.returncode, 66, done.stderr)

    def test_deep_recursion(self):
        """Deeper than TSan has room for, where only the module tells it."""
        for way, python, folder, runtime in ways():
            if runtime is None:
                continue
            program = folder / "deep.py"
            program.write_text(DEEP)
            done = programs.run(
                python, "-s", program, PYTHONPATH=str(folder),
                LD_PRELOAD=runtime.path)
            with self.subTest(way):
                self.assertEqual((done.returncode, done.stdout),
                                 (0, "done\n"), done.stderr)

    def test_embedded_host(self):
        for compiler in programs.compilers():
            program = hosts.FOLDER / f"cells-{compiler}"
            programs.link_embedded(
                compiler, programs.TESTS / "tsan/embedded.c", program)
            done = programs.run(
                program, refsan=["--jsonl", hosts.FOLDER / "findings.jsonl"])
            words = done.stderr
            with self.subTest(compiler):
                self.assertEqual(done.returncode, 66, words)
                found = self.findings()
                self.assertEqual([row["kind"] for row in found],
                                 ["tsan-race"], words)
                self.assertEqual(found[0]["object"]["type"], "cells.Cell")
                self.assertEqual(found[0]["stacks"][1]["frames"][0]
                                 ["function"], "write_first", words)


if __name__ == "__main__":
    unittest.main()
