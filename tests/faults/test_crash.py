# SPDX-License-Identifier: MIT
"""Fatal signals: each is reported once, with what is known, and then does what
it would have done: same status, same handler, same place."""

import json
import os
import pathlib
import re
import resource
import shutil
import signal
import subprocess
import sys
import time
import unittest

HERE = pathlib.Path(__file__).resolve().parent
PYTHON, LIBRARY = os.environ.get("PYTHON"), os.environ["REFSAN_LIBRARY"]
if not PYTHON:
    print("no Python 3.15 here")
    sys.exit(77)
FOLDER = pathlib.Path.cwd()
SECONDS = 240
TITLE = re.compile(r"^refsan: (crash[-a-z]*): ", re.MULTILINE)


def setUpModule():
    include = subprocess.run(
        [PYTHON, "-c", "import sysconfig; print(sysconfig.get_path('include'))"],
        text=True, capture_output=True, check=True).stdout.strip()
    for name, more in ("crashing.c", []), ("throwing.cpp", [
            "-std=c++20", "-lstdc++"]):
        path = HERE / name
        subprocess.run(
            [os.environ["CC"], "-O1", "-g", "-shared", "-fPIC", "-w",
             "-fno-omit-frame-pointer", "-pthread", f"-I{include}",
             f"-I{HERE.parent}", "-o", FOLDER / f"{path.stem}.so", path,
             *more], check=True)


def run(code, **more):
    environment = {name: value for name, value in os.environ.items()
                   if not name.startswith(("PYTHON", "REFSAN_"))}
    environment.update({"PYTHONPATH": str(FOLDER), "LD_PRELOAD": LIBRARY,
                        "PYTHONFAULTHANDLER": "",
                        **more.pop("environment", {})})
    return subprocess.run(
        [PYTHON, "-s", "-c", "import crashing\n" + code], text=True,
        capture_output=True, env=environment, timeout=SECONDS, **more)


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
                stderr=full, timeout=SECONDS, check=False,
                env={"PYTHONPATH": str(FOLDER), "LD_PRELOAD": LIBRARY})
        self.assertEqual(done.returncode, -signal.SIGSEGV)

    def test_full_disk(self):
        for name in "jsonl_path", "log_path":
            done = run("crashing.crash()", environment={
                "REFSAN_OPTIONS": f"{name}=/dev/full"})
            self.assertEqual(done.returncode, -signal.SIGSEGV, done)

    def test_cpp_exceptions(self):
        for call, number in (("throw_through_c", signal.SIGABRT),
                             ("terminate", signal.SIGABRT),
                             ("crash_while_unwinding", signal.SIGSEGV)):
            text = self.crashed(run(f"import throwing; throwing.{call}()"),
                                number)
            self.assertRegex(text, rf" in \S*{call}\S* ")
            self.assertIn("suppress crash:", text)
            self.assertNotIn("suppress crash:lib:", text)

    def test_corrupt_heap(self):
        text = self.crashed(run("crashing.corrupt_heap()"), signal.SIGABRT)
        self.assertIn(" in corrupt_heap ", text)

    def test_corrupt_tables(self):
        """What is left of the report says at least this."""
        text = self.crashed(run("crashing.corrupt_tables()"))
        self.assertIn("signal  SIGSEGV at address 0x0", text)

    def test_a_handler_that_crashes(self):
        self.crashed(run("crashing.crash_twice()"))

    def test_threads_that_did_nothing(self):
        text = self.crashed(run(
            "import threading\n"
            "def wait_here(): ready.set(); threading.Event().wait()\n"
            "ready = threading.Event()\n"
            "threading.Thread(target=wait_here, daemon=True).start()\n"
            "ready.wait()\n"
            "crashing.wait_natively()\n"
            "crashing.crash()"))
        self.assertIn(" in wait_here <string>:3 (python)", text)
        self.assertIn(" in wait_for_ever ", text)

    def test_same_status_and_core(self):
        """As without refsan, the flag included that says whether there is a
        core file."""
        def leave_core():
            _, hard = resource.getrlimit(resource.RLIMIT_CORE)
            resource.setrlimit(resource.RLIMIT_CORE, (
                hard if 0 <= hard < 1 << 20 else 1 << 20, hard))

        folder = FOLDER / "cores"
        folder.mkdir(exist_ok=True)
        for call in "crash", "give_up", "trap", "overflow_native":
            status = []
            for preloaded in {}, {"LD_PRELOAD": LIBRARY}:
                process = subprocess.Popen(
                    [PYTHON, "-s", "-c",
                     f"import crashing; crashing.{call}()"], cwd=folder,
                    preexec_fn=leave_core, stderr=subprocess.DEVNULL,
                    env={"PYTHONPATH": str(FOLDER), **preloaded})
                status.append(os.waitpid(process.pid, 0)[1])
                process.returncode = 0
            self.assertEqual(status[0], status[1], call)
        shutil.rmtree(folder)

    def test_a_thousand_threads(self):
        log = FOLDER / "crash.jsonl"
        log.unlink(missing_ok=True)
        done = run(
            "import time\n"
            "crashing.crowd(1000)\nprint(time.monotonic(), flush=True)\n"
            "crashing.crash()",
            environment={"REFSAN_OPTIONS": f"jsonl_path={log}"})
        print(f"{time.monotonic() - float(done.stdout):.2f} s from the crash "
              "of a process with 1,000 threads to its end")
        text = self.crashed(done)
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
