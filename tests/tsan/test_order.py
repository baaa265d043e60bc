# SPDX-License-Identifier: MIT
"""`refsan run --tsan`: what nothing orders is reported, whoever comes first;
what any synchronisation of the C library orders is not (race.c); and the same
where one of the two is Python code (changes.py).
REFSAN_TEST_REPEAT=N runs each N times."""

import itertools
import json
import os
import subprocess
import sys
import unittest

import programs
from changes import CHANGES
from programs import hosts

REPEAT = int(os.environ.get("REFSAN_TEST_REPEAT") or 1)
SOURCE = programs.TESTS / "tsan/race.c"
ORDERS = "semaphore", "barrier", "condition", "rwlock", "pipe"
KINDS = {"borrowed-race": (0, 1), "tryincref-unlocked": (0,),
         "unique-check-race": (0,), "slot-race": (0,)}
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
             f"-I{programs.TESTS}", f"-I{programs.TESTS.parent / 'include'}",
             f"-I{os.environ['PYTHON_INCLUDE']}", "-o",
             hosts.FOLDER / "race.so", SOURCE, SOURCE.parent / "race_slot.c"],
            check=True)

    def races(self, runtime, code, *more):
        """What refsan says of race.run() calls."""
        path = hosts.FOLDER / "race_program.py"
        path.write_text("import sys, race\n"
                        f"sys.path.append({str(SOURCE.parent)!r})\n"
                        f"import changes\n{code}print('done')\n")
        done = programs.run(hosts.PYTHON, "-s", path,
                            refsan=[f"--tsan={runtime.path}", *more],
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

    def test_changes_by_python(self):
        """All by one line of race.c, and so one bug."""
        calls = "".join(f"changes.run(race, {name!r})\n" for name in CHANGES)
        calls += "changes.copy(race.copy)\n"
        for runtime, _ in itertools.product(programs.runtimes(),
                                            range(REPEAT)):
            said = self.races(runtime, calls)
            with self.subTest(runtime.path):
                self.assertIn(f"refsan: {len(CHANGES) + 1} errors, 0 warnings",
                              said)
                self.assertIn(" in copy ", said)
                self.assertIn("refsan: borrowed-race: ", said)
                self.assertIn("predicted: nothing ordered", said)
                self.assertIn(" in set_item ", said)

    def test_locks(self):
        """One that only the other thread held: in the text, and as data."""
        lines = hosts.FOLDER / "locks.jsonl"
        for runtime in programs.runtimes():
            said = self.races(
                runtime, "import threading\nlock = threading.Lock()\n"
                "def change(container):\n    with lock: container[0] = None\n"
                "race.run('borrowed', 'none', False, [object()], change)\n",
                f"--jsonl={lines}")
            with self.subTest(runtime.path):
                found = json.loads(lines.read_text().splitlines()[-1])
                locks = {stack["role"]: stack.get("locks")
                         for stack in found["stacks"]}
                self.assertIsNone(locks["act"])
                held, = locks["changed"]
                self.assertEqual(held["kind"], "threading lock")
                self.assertIn(f"holding threading lock {held['address']}",
                              said)

    def test_changes_by_python_that_are_kept_out(self):
        hows = [("borrowed", order) for order in ORDERS]
        hows += [("guarded", "none"), ("strong", "none")]
        calls = "".join(f"changes.run(race, {name!r}, {how!r}, {order!r})\n"
                        for name in CHANGES for how, order in hows)
        calls += ("changes.copy(race.copy, True)\n"
                  "changes.copy(race.copy_guarded)\n"
                  "changes.copy(race.copy_strong)\n")
        for runtime, _ in itertools.product(programs.runtimes(),
                                            range(REPEAT)):
            said = self.races(runtime, calls)
            with self.subTest(runtime.path):
                self.assertIn("refsan: 0 errors, 0 warnings", said)


if __name__ == "__main__":
    unittest.main()
