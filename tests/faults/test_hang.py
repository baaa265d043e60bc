# SPDX-License-Identifier: MIT
"""A process that does not end says what its threads do, and which of them has
what the others wait for."""

import json
import signal
import subprocess
import sys
import unittest

from hosts import FOLDER, PYTHON, REFSAN, FaultTest, support
from refsan.starting import timeout

SECONDS = 240
STUCK = """
import os, sys, threading
one, other = threading.Lock(), threading.RLock()
gate = threading.Barrier(2)
def take(first, second):
    with first:
        gate.wait()
        with second: pass
for locks in (one, other), (other, one):
    threading.Thread(target=take, args=locks, name="taker").start()
"""
CHILD = "import os\nif os.fork() == 0:\n    import signal\n    signal.pause()\n"


class Hangs(FaultTest):
    def run_log(self, code, *arguments, options=None, **more):
        path = FOLDER / "program.py"
        path.write_text(code)
        log = FOLDER / "hang.jsonl"
        log.unlink(missing_ok=True)
        done = subprocess.run(
            [sys.executable, REFSAN, "run", "--full", "--jsonl", log,
             *arguments, "--", PYTHON, "-s", path], text=True,
            capture_output=True, timeout=SECONDS, check=False,
            env={**support.environment(options or {}),
                 "REFSAN_LIBRARY": support.LIBRARY, **more})
        found = [json.loads(line) for line in log.read_text().splitlines()] \
            if log.exists() else []
        return done, [row for row in found if row["kind"] == "hang"]

    def run_until(self, is_there, code, **more):
        """A busy machine may need longer to get stuck: what is asked earlier
        says so, and is asked again."""
        for seconds in 3, 30, 120:
            done, found = self.run_log(code, "--timeout", str(seconds), **more)
            self.assertEqual(done.returncode, 124, done)
            self.assertIn("refsan: the run was ended after "
                          f"{seconds} seconds", done.stderr)
            if is_there(found):
                break
        return done, found

    def test_a_deadlock(self):
        done, found = self.run_until(
            lambda found: found and found[0]["hang"]["circle"], STUCK)
        self.assertEqual(len(found), 1, done)
        hang = found[0]["hang"]
        self.assertEqual(hang["signal"], "SIGURG")
        self.assertEqual(len(hang["circle"]), 2, done)
        self.assertEqual({lock["waits_for"]["type"] for lock in hang["locks"]
                          if lock["waits_for"]}, {"_thread.lock",
                                                  "_thread.RLock"}, done)
        self.assertIn("circle", found[0]["evidence"])
        places = {frame["function"] for thread in hang["threads"]
                  for frame in thread["python"]}
        self.assertIn("take", places, done)

    def test_every_process(self):
        done, found = self.run_until(lambda found: len(found) == 2,
                                     CHILD + STUCK)
        pids = {row["pid"] for row in found}
        self.assertEqual(len(pids), 2, done)
        self.assertFalse(list(filter(timeout.is_running, pids)), done)

    def test_the_users_signal(self):
        done, found = self.run_until(bool, STUCK,
                                     options={"report_signal": "USR2"})
        self.assertEqual([row["hang"]["signal"] for row in found], ["SIGUSR2"])

    def test_a_run_in_time(self):
        done, found = self.run_log("print('done')", "--timeout", "1000")
        self.assertEqual((done.returncode, found), (0, []), done)

    def test_no_number(self):
        for words in "0", "-1", "soon", "nan":
            done, _ = self.run_log("", f"--timeout={words}")
            self.assertIn("--timeout needs a number of seconds", done.stderr)

    def test_a_program_that_goes_on(self):
        """Asked from outside, twice, while all of its threads work."""
        process = self.start(
            "import sys, threading\n"
            "over = threading.Event()\n"
            "def work():\n"
            "    while not over.is_set(): [object() for _ in range(99)]\n"
            "all = [threading.Thread(target=work) for _ in range(4)]\n"
            "for one in all: one.start()\n"
            "print('ready', flush=True)\n"
            "sys.stdin.readline()\n"
            "over.set()\n"
            "for one in all: one.join()\n"
            "print('went on')\n", command=None,
            options={"report_signal": "USR1"}, stdin=subprocess.PIPE,
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        self.assertEqual(process.stdout.readline(), "ready\n")
        said = []
        for _ in range(2):
            process.send_signal(signal.SIGUSR1)
            for line in process.stderr:
                said.append(line)
                if "docs/reports.md#hang" in line:
                    break
        out, err = process.communicate("\n", timeout=SECONDS)
        self.assertEqual((process.returncode, out), (0, "went on\n"), err)
        self.assertEqual("".join(said).count("refsan: hang: "), 2, said)


if __name__ == "__main__":
    support.build()
    unittest.main(verbosity=2)
