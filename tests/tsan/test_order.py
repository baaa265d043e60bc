# SPDX-License-Identifier: MIT
"""`refsan run --tsan`: what nothing orders is reported, whoever comes first;
what any synchronisation of the C library orders is not (race.c).
REFSAN_TEST_REPEAT=N runs each N times."""

import itertools
import os
import subprocess
import sys
import unittest

import programs
from programs import hosts

REPEAT = int(os.environ.get("REFSAN_TEST_REPEAT") or 1)
SOURCE = programs.TESTS / "tsan/race.c"
ORDERS = "semaphore", "barrier", "condition", "rwlock", "pipe"
KINDS = {"borrowed-race": (0, 1), "tryincref-unlocked": (0,),
         "unique-check-race": (0,)}
CASES = [(kind, swapped) for kind, ways in KINDS.items() for swapped in ways]

if not subprocess.run([hosts.PYTHON, "-c", "import sysconfig, sys; sys.exit("
                       "not sysconfig.get_config_var('Py_GIL_DISABLED'))"]
                      ).returncode == 0:
    print("with a GIL these are no races")
    sys.exit(77)


class OrderTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        subprocess.run(
            [os.environ.get("CC", "cc"), "-O1", "-g", "-shared", "-fPIC",
             "-fno-omit-frame-pointer", "-pthread", "-DEXT_WEAK_GATES",
             f"-I{programs.TESTS}", f"-I{os.environ['PYTHON_INCLUDE']}",
             "-o", hosts.FOLDER / "race.so", SOURCE], check=True)

    def races(self, runtime, code):
        """What refsan says of race.run() calls."""
        path = hosts.FOLDER / "race_program.py"
        path.write_text(f"import race\n{code}print('done')\n")
        done = programs.run(hosts.PYTHON, "-s", path,
                            refsan=[f"--tsan={runtime.path}"],
                            PYTHONPATH=str(hosts.FOLDER), TSAN_OPTIONS="")
        words = f"{done.stdout}\n----\n{done.stderr}"
        self.assertEqual(done.stdout, "done\n", words)
        self.assertIn(", order by TSan)", done.stderr)
        self.assertNotIn("ThreadSanitizer", done.stderr)
        return done.stderr

    def test_unordered(self):
        for runtime in programs.runtimes():
            for (kind, swapped), _ in itertools.product(CASES, range(REPEAT)):
                said = self.races(
                    runtime, f"race.run({kind!r}, 'none', {swapped})\n")
                with self.subTest(runtime.path, kind=kind, swapped=swapped):
                    self.assertIn(f"refsan: {kind}: ", said)
                    self.assertIn("predicted: nothing ordered", said)

    def test_ordered(self):
        calls = "".join(
            f"race.run({kind!r}, {order!r}, {swapped})\n"
            for (kind, swapped), order in itertools.product(CASES, ORDERS))
        for runtime in programs.runtimes():
            for _ in range(REPEAT):
                said = self.races(runtime, calls)
                with self.subTest(runtime.path):
                    self.assertIn("refsan: 0 errors, 0 warnings", said)


if __name__ == "__main__":
    unittest.main()
