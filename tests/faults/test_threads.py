# SPDX-License-Identifier: MIT
"""Threads: 4,000 are watched at once, what is beyond is said and watched
later, and the memory for it is bounded."""

import json
import os
import pathlib
import re
import subprocess
import sys
import unittest

HERE = pathlib.Path(__file__).resolve().parent
PYTHON, LIBRARY = os.environ.get("PYTHON"), os.environ["REFSAN_LIBRARY"]
if not PYTHON:
    print("no Python 3.15 here")
    sys.exit(77)
FOLDER = pathlib.Path.cwd()
WATCHED = 4095  # the main thread is one of them
# What refsan keeps for each thread, in KiB: the rings' pages that it wrote to,
# and its part of the caches of libunwind.
KIB_EACH = 60
BLOCK = (r"incref by thread {} \(created by T1\):\n    #0 .* in take .*\n"
         r"    #1 .* in greet .*\n    #2 .* in live .*\n")
PROGRAM = """
import crowd
def resident():
    with open("/proc/self/status") as status:
        return next(int(line.split()[1]) for line in status
                    if line.startswith("VmRSS"))
"""


def build(flag):
    """-fomit-frame-pointer: as most wheels are; libunwind has to walk."""
    include = subprocess.run(
        [PYTHON, "-c", "import sysconfig; print(sysconfig.get_path('include'))"],
        text=True, capture_output=True, check=True).stdout.strip()
    subprocess.run([os.environ["CC"], "-O1", "-g", "-shared", "-fPIC", flag,
                    "-pthread", f"-I{include}", "-o", FOLDER / "crowd.so",
                    HERE / "crowd.c"], check=True)


def run(code, watched=True):
    log = FOLDER / "log.jsonl"
    log.unlink(missing_ok=True)
    environment = {name: value for name, value in os.environ.items()
                   if not name.startswith(("PYTHON", "REFSAN_"))}
    environment["PYTHONPATH"] = str(FOLDER)
    if watched:
        environment["LD_PRELOAD"] = LIBRARY
        environment["REFSAN_OPTIONS"] = f"jsonl_path={log}:verbosity=1"
    done = subprocess.run([PYTHON, "-s", "-c", PROGRAM + code], text=True,
                          capture_output=True, env=environment, timeout=110)
    findings = [json.loads(line) for line in log.read_text().splitlines()
                ] if log.exists() else []
    return done, [one for one in findings if "kind" in one]


class Threads(unittest.TestCase):
    def lost(self, done, words):
        found = re.search(rf"(\d+) {re.escape(words)}", done.stderr)
        return int(found[1]) if found else 0

    def setUp(self):
        build("-fno-omit-frame-pointer")

    def test_4000_without_frame_pointers(self):
        build("-fomit-frame-pointer")
        self.see_4000()

    def test_4000_at_once(self):
        self.see_4000()

    def see_4000(self):
        code = """
crowd.start(4000)
crowd.err(3998)
print(resident())
crowd.stop(4000)
"""
        plain, _ = run(code, watched=False)
        self.assertEqual(plain.returncode, 0, plain.stderr)
        done, findings = run(code)
        self.assertEqual(done.returncode, 66, done.stderr)
        self.assertEqual([one["kind"] for one in findings],
                         ["refop-detached"], done.stderr)
        self.assertRegex(done.stderr, BLOCK.format("T4000 'crowd-3998'"))
        self.assertNotIn("threads not watched", done.stderr)
        self.assertNotIn("thread slots used again", done.stderr)
        kib = int(done.stdout) - int(plain.stdout)
        print(f"4,000 threads: {kib} KiB of refsan's, resident")
        self.assertLess(kib, 4000 * KIB_EACH)

    def test_5000_at_once(self):
        done, findings = run("""
crowd.start(5000)
crowd.err(4999)
crowd.stop(1)
crowd.err(4999)
crowd.err(4998)
crowd.stop(4999)
crowd.start(1)
crowd.err(5000)
crowd.stop(1)
""")
        self.assertEqual(done.returncode, 66, done.stderr)
        # One slot was free when number 4999 came again, and none for 4998;
        # when all had ended, the next thread was watched from its start.
        self.assertRegex(done.stderr, BLOCK.format(r"T\d+ 'crowd-4999'"))
        self.assertIn("refsan: 2 errors,", done.stderr)
        self.assertEqual(self.lost(done, "threads not watched, or not from "
                                   f"their start: {WATCHED} others were alive"),
                         5001 - WATCHED, done.stderr)

    def test_slots_go_round(self):
        """A thread that has another one's slot has its own name."""
        done, _ = run("""
crowd.start(300)
crowd.stop(300)
crowd.start(300)
crowd.err(599)
crowd.stop(300)
""")
        self.assertRegex(done.stderr, BLOCK.format(r"T\d+ 'crowd-599'"))
        top = int(re.search(r"by thread T(\d+) 'crowd-599'", done.stderr)[1])
        self.assertLess(top, 400, done.stderr)


if __name__ == "__main__":
    unittest.main(verbosity=2)
