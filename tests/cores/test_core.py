# SPDX-License-Identifier: MIT
"""refsan triage core: a core of a crash says what the process itself said, or
would have said."""

import json
import sys
import unittest

import making
from making import CoreTest

PYTHON = making.interpreter()
Cores = making.Cores(PYTHON)


def tearDownModule():
    Cores.remove()


# A core's reader does not know which locks are held.
NOT_IN_A_CORE = "locks", "circle"


def without_other_threads(finding):
    """They went on until they were asked, if they answered in time, and their
    names are the kernel's."""
    crash = {**finding["crash"]}
    for name in "threads", "silent_threads", *NOT_IN_A_CORE:
        crash.pop(name, None)
    return {**finding, "crash": crash,
            "threads": [{**thread, "name": None}
                        if thread["tid"] != finding["pid"] else thread
                        for thread in finding["threads"]]}


@making.NEEDS_KERNEL
class TestSameAsLive(CoreTest):
    def explained(self, path):
        """Before a symbolizer has seen it."""
        from refsan.triaging.cores.explain import explain
        return explain(str(path)).finding

    def test_every_word_of_the_live_finding(self):
        core, live = Cores.kernel(crash=1)
        said = self.explained(core)
        [thread] = said["crash"]["threads"]
        self.assertTrue(thread["frames"])
        self.assertEqual(thread["python"][0]["function"], "wait")
        self.assertEqual(without_other_threads(said),
                         without_other_threads(live))

    def test_without_a_live_report(self):
        core, live = Cores.kernel(crash=0)
        self.assertIsNone(live)
        _, live = Cores.kernel(crash=1)
        _, said = self.core(core)
        for name in ("kind", "fingerprint", "summary", "evidence", "host",
                     "tier", "suppress", "hint", "severity"):
            self.assertEqual(said[name], live[name], name)
        self.assertEqual([stack["role"] for stack in said["stacks"]],
                         [stack["role"] for stack in live["stacks"]])
        self.assertEqual(said["object"]["type"], "t.Node")
        self.assertEqual(
            [(act["op"], act["count_before"], act["count_after"])
             for act in said["crash"]["operations"]],
            [(act["op"], act["count_before"], act["count_after"])
             for act in live["crash"]["operations"]])

    def test_words(self):
        core, _ = Cores.kernel(crash=0)
        done, _ = self.core(core)
        for words in (
                "error: crashed while using t.Node after it was deallocated",
                "signal    SIGSEGV at address 0x0: nothing is mapped there",
                "node_str < use:", "last reference released, main thread",
                "because   its deallocation is over; a register of the",
                "<t.Node>, dead", "pointers to known objects",
                "last operations of all threads, oldest first",
                "created by main thread at run.py"):
            self.assertIn(words, done.stdout)
        self.assertRegex(done.stdout, r"thread T\d at .*run\.py:5\n")
        self.assertRegex(done.stdout, r"seen      refsan [\d.]+, stock tier")
        self.assertNotIn("--full", done.stdout)
        self.assertTrue(all(len(line) <= 80 for line in
                            done.stdout.splitlines()[1:]), done.stdout)

    def test_grouped_with_the_live_one(self):
        core, live = Cores.kernel(crash=1)
        _, said = self.core(core)
        log = self.folder / "both.jsonl"
        log.write_text(json.dumps(live) + "\n" + json.dumps(said) + "\n")
        done = self.refsan("triage", log, "--format", "json")
        [bug] = json.loads(done.stdout)["bugs"]
        self.assertEqual(bug["count"], 2)
        self.assertEqual(bug["kind"], "crash-dead-object")

    def test_schema(self):
        try:
            import jsonschema
        except ImportError:
            self.skipTest("there is no package jsonschema")
        core, _ = Cores.kernel(crash=0)
        _, said = self.core(core)
        schema = json.loads(
            (making.ROOT / "docs/finding.schema.json").read_text())
        jsonschema.validate(said, schema)

    def test_running_test(self):
        from refsan.triaging.cores.explain import explain
        Cores.make()
        program = making.write_program(
            Cores.folder, "import os; os.environ['PYTEST_CURRENT_TEST'] = "
                          "'test_x.py::test_it (call)'")
        try:
            core, _ = making.by_kernel([PYTHON, "-s", program], Cores.folder,
                                       crash=0, neutralise=0)
        finally:
            making.write_program(Cores.folder)
        self.assertEqual(explain(str(core)).finding["test"],
                         "test_x.py::test_it")


@making.NEEDS_KERNEL
class TestOtherCrashes(CoreTest):
    """Signals that are sent, crashes of threads without a state, in a dealloc,
    without a stack: each as the process itself said it."""
    CALLS = ("give_up()", "divide(0)", "overflow()", "crash_native()",
             "crash_in_dealloc()")

    def test_as_live(self):
        from refsan.triaging.cores.explain import explain
        making.build_module(PYTHON, self.folder,
                            making.ROOT / "tests/faults/crashing.c",
                            "crashing")
        for call in self.CALLS:
            with self.subTest(call=call):
                live = self.folder / "live.jsonl"
                core, _ = making.by_kernel(
                    [PYTHON, "-s", "-c",
                     "import sys; sys.path.insert(0, '.'); import crashing; "
                     f"crashing.{call}"], self.folder, jsonl_path=live,
                    neutralise=0)
                said = explain(str(core)).finding
                wanted = json.loads(live.read_text())
                core.unlink()
                live.unlink()
                self.assertEqual(without_other_threads(said),
                                 without_other_threads(wanted))

    def test_broken_stack(self):
        """What it points to is said as it is."""
        making.build_module(PYTHON, self.folder,
                            making.ROOT / "tests/faults/crashing.c",
                            "crashing")
        core, _ = making.by_kernel(
            [PYTHON, "-s", "-c",
             "import sys; sys.path.insert(0, '.'); import crashing; "
             "crashing.crash_on_broken_stack()"], self.folder)
        _, said = self.core(core)
        for frame in said["stacks"][0]["frames"]:
            self.assertRegex(frame["address"], "^0x[0-9a-f]+$")


if __name__ == "__main__":
    sys.exit(unittest.main())
