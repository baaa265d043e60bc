# SPDX-License-Identifier: MIT
"""Fatal signals: each is reported once, with what is known, and then does what
it would have done: same status, same handler, same place."""

import json
import os
import pathlib
import re
import signal
import subprocess
import sys
import unittest

HERE = pathlib.Path(__file__).resolve().parent
PYTHON, LIBRARY = os.environ.get("PYTHON"), os.environ["REFSAN_LIBRARY"]
if not PYTHON:
    print("no Python 3.15 here")
    sys.exit(77)
FOLDER = pathlib.Path.cwd()
TITLE = re.compile(r"^refsan: (crash[-a-z]*): ", re.MULTILINE)


def setUpModule():
    include = subprocess.run(
        [PYTHON, "-c", "import sysconfig; print(sysconfig.get_path('include'))"],
        text=True, capture_output=True, check=True).stdout.strip()
    subprocess.run(
        [os.environ["CC"], "-O1", "-g", "-shared", "-fPIC", "-w",
         "-fno-omit-frame-pointer", "-pthread", f"-I{include}",
         f"-I{HERE.parent}", "-o", FOLDER / "crashing.so",
         HERE / "crashing.c"], check=True)


def run(code, **more):
    environment = {name: value for name, value in os.environ.items()
                   if not name.startswith(("PYTHON", "REFSAN_"))}
    environment.update({"PYTHONPATH": str(FOLDER), "LD_PRELOAD": LIBRARY,
                        "PYTHONFAULTHANDLER": "",
                        **more.pop("environment", {})})
    return subprocess.run(
        [PYTHON, "-s", "-c", "import crashing\n" + code], text=True,
        capture_output=True, env=environment, timeout=100, **more)


class Crashes(unittest.TestCase):
    maxDiff = None

    def crashed(self, done, number=signal.SIGSEGV, status=None, kind="crash",
                times=1):
        words = f"{done.returncode}\n{done.stdout}\n----\n{done.stderr}"
        self.assertEqual(TITLE.findall(done.stderr), [kind] * times, words)
        self.assertEqual(done.returncode, -number if status is None
                         else status, words)
        return done.stderr

    def test_each_signal(self):
        for call, number, reason in (
                ("crash()", signal.SIGSEGV, " at address 0x0: nothing is"),
                ("give_up()", signal.SIGABRT, ": the process sent it"),
                ("divide(0)", signal.SIGFPE, " at address 0x"),
                ("trap()", signal.SIGILL, " at address 0x")):
            text = self.crashed(run(f"crashing.{call}"), number)
            self.assertIn(f"signal  {number.name}{reason}", text)
            self.assertIn(f" in {call.partition('(')[0]} ", text)
            self.assertIn(" in <module> <string>:2 (python)", text)

    def test_another_process_sends_it(self):
        text = self.crashed(run(
            "import os, signal, subprocess\n"
            "subprocess.run(['kill', '-BUS', str(os.getpid())])\n"
            "signal.pause()"), signal.SIGBUS)
        self.assertIn("SIGBUS: another process sent it", text)

    def test_stack_overflow(self):
        for where in "overflow", "overflow_native":
            text = self.crashed(run(f"crashing.{where}()"))
            self.assertIn(" in run_deep ", text)

    def test_broken_stack(self):
        text = self.crashed(run("crashing.crash_on_broken_stack()"))
        self.assertIn(" in crash_here ", text)

    def test_thread_without_a_state(self):
        text = self.crashed(run("crashing.crash_native()"))
        self.assertIn("crash_on_thread ", text)
        self.assertIn(" in <module> <string>:2 (python)", text)

    def test_inside_a_handler_and_a_dealloc(self):
        text = self.crashed(run("crashing.crash_in_handler()"))
        self.assertIn(" in on_signal ", text)
        self.assertIn(" in crash_in_handler ", text)
        text = self.crashed(run("crashing.crash_in_dealloc()"),
                            kind="crash-dead-object")
        self.assertIn(" in thing_dealloc ", text)
        self.assertIn("<crashing.Thing>", text)
        self.assertIn("its deallocation has begun", text)

    def test_at_the_end(self):
        text = self.crashed(run(
            "import atexit\natexit.register(crashing.crash)"))
        self.assertIn(" in crash ", text)
        text = self.crashed(run(
            "class Late:\n"
            "    def __del__(self, crash=crashing.crash): crash()\n"
            "kept = Late()\n"
            "import sys; sys.kept = kept; sys.more = [sys, kept]"))
        self.assertIn(" in crash ", text)

    def test_forked_child(self):
        done = run("import os\n"
                   "if (child := os.fork()) == 0: crashing.crash()\n"
                   "print(os.waitpid(child, 0)[1])")
        self.crashed(done, status=0)
        self.assertEqual(done.stdout, f"{int(signal.SIGSEGV) | 128}\n"
                         if os.WCOREDUMP(int(done.stdout)) else
                         f"{int(signal.SIGSEGV)}\n")

    def test_faulthandler_comes_after(self):
        text = self.crashed(run("import faulthandler; faulthandler.enable()\n"
                                "crashing.crash()"))
        self.assertLess(text.index("refsan: crash"),
                        text.index("Fatal Python error: Segmentation fault"))
        # It begins where the crash was, not in refsan.
        after = text[text.index("Fatal Python error"):]
        self.assertNotIn("librefsan", after)

    def test_the_programs_own_handler(self):
        done = run("print(crashing.handle(), flush=True)\ncrashing.crash()")
        self.crashed(done, status=42)
        self.assertEqual(done.stdout, "(1, 1)\n")

    def test_a_handler_that_mends(self):
        done = run("print(crashing.mend())")
        self.crashed(done, status=0)
        self.assertEqual(done.stdout, "7\n")

    def test_ignored(self):
        done = run("crashing.ignore(); print('went on')")
        self.crashed(done, status=0, times=0)
        self.assertEqual(done.stdout, "went on\n")
        done = run("import signal\n"
                   "print(signal.getsignal(signal.SIGSEGV) is signal.SIG_IGN)",
                   preexec_fn=lambda: signal.signal(signal.SIGSEGV,
                                                    signal.SIG_IGN))
        self.crashed(done, status=0, times=0)
        self.assertEqual(done.stdout, "True\n")

    def test_closed_stderr_and_full_disk(self):
        done = run("import os; os.close(2)\ncrashing.crash()")
        self.crashed(done, times=0)
        with open("/dev/full", "w", encoding="utf-8") as full:
            done = subprocess.run(
                [PYTHON, "-s", "-c", "import crashing; crashing.crash()"],
                stderr=full, timeout=100, check=False,
                env={"PYTHONPATH": str(FOLDER), "LD_PRELOAD": LIBRARY})
        self.assertEqual(done.returncode, -signal.SIGSEGV)

    def test_a_thousand_threads(self):
        log = FOLDER / "crash.jsonl"
        log.unlink(missing_ok=True)
        text = self.crashed(run(
            "crashing.crowd(1000)\ncrashing.crash()",
            environment={"REFSAN_OPTIONS": f"jsonl_path={log}"}))
        self.assertRegex(text, r"thread T\d+ .*and \d+ others:\n"
                               r"(    .*\n)*?    #\d+ .* in operate_and_wait ")
        finding = json.loads(log.read_text())
        self.assertEqual(finding["kind"], "crash")
        told = sum(1 + thread["others"]
                   for thread in finding["crash"]["threads"])
        self.assertEqual(told + finding["crash"]["silent_threads"], 1000)

    def test_two_threads_crash_at_once(self):
        self.crashed(run(
            "import threading\n"
            "gate = threading.Barrier(8)\n"
            "def go():\n"
            "    gate.wait()\n"
            "    crashing.crash()\n"
            "for _ in range(8): threading.Thread(target=go).start()"))

    def test_subinterpreter(self):
        done = run(
            "import signal\n"
            "try: from concurrent import interpreters\n"
            "except ImportError: interpreters = None\n"
            "if interpreters: interpreters.create().exec(\n"
            "    'import ctypes; ctypes.string_at(0)')\n"
            "else: signal.raise_signal(signal.SIGSEGV)")
        self.crashed(done)


unittest.main(verbosity=2)
