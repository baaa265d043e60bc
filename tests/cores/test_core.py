# SPDX-License-Identifier: MIT
"""refsan triage core: a core of a crash says what the process itself said, or
would have said.

    PYTHON=python3.15 tests/cores/test_core.py --write

writes what is shown in docs/triage.md."""

import json
import os
import pathlib
import re
import shutil
import sys
import tempfile
import unittest
import unittest.mock

import making
from making import CoreTest

from refsan.triaging.cores import modules, note

PYTHON = making.interpreter()
SIGSEGV = 11
EVERYTHING = 0x7f  # coredump_filter: also what is as it is in files
NO_HEADERS = 0x23  # … without the first pages of files


class Cores:
    """Made once for all tests."""
    folder = None

    @classmethod
    def make(cls):
        if cls.folder is None:
            cls.folder = pathlib.Path(tempfile.mkdtemp())
            making.build_module(PYTHON, cls.folder)
            cls.program = making.write_program(cls.folder)
            cls.known = {}

    @classmethod
    def kernel(cls, **options):
        """(core, live finding or None)."""
        cls.make()
        key = tuple(sorted(options.items()))
        if key not in cls.known:
            live = cls.folder / f"live-{len(cls.known)}.jsonl"
            core, done = making.by_kernel(
                [PYTHON, "-s", cls.program], cls.folder, jsonl_path=live,
                neutralise=0, **options)
            assert done.returncode == -SIGSEGV, done
            cls.known[key] = core, (
                json.loads(live.read_text()) if live.exists() else None)
        return cls.known[key]

    @classmethod
    def remove(cls):
        if cls.folder is not None:
            shutil.rmtree(cls.folder)


def tearDownModule():
    Cores.remove()


def without_other_threads(finding):
    """They went on until they were asked, if they answered in time, and their
    names are the kernel's."""
    crash = {**finding["crash"]}
    del crash["threads"], crash["silent_threads"]
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


@making.NEEDS_KERNEL
class TestWhatCoresLack(CoreTest):
    """The same words, whatever of files is in the core."""

    def made(self, coredump_filter):
        Cores.make()
        core, _ = making.by_kernel(
            [PYTHON, "-s", Cores.program], Cores.folder,
            coredump_filter=coredump_filter, crash=0, neutralise=0)
        self.addCleanup(core.unlink)
        return core

    def elsewhere(self, core):
        """No program and no library is there as it was loaded."""
        with unittest.mock.patch.object(modules.Modules, "_file",
                                        lambda self, path: None):
            return self.core(core)

    def test_without_headers(self):
        core = self.made(NO_HEADERS)
        _, said = self.core(core)
        self.assertEqual(said["kind"], "crash-dead-object")
        self.assertEqual(said["suppress"], "crash-dead-object:node_str")
        # Without the note refsan's memory is known by what it begins with.
        with unittest.mock.patch.object(note.Note, "_by_note",
                                        return_value=()):
            done, said = self.elsewhere(core)
        self.assertEqual(said["object"]["type"], "t.Node")
        self.assertEqual(said["object"]["state"], "dead")
        self.assertIn("crashed while using t.Node", done.stdout)

    def test_by_its_note(self):
        core, _ = Cores.kernel(crash=0)
        with unittest.mock.patch.object(note.Note, "_by_magic",
                                        side_effect=AssertionError):
            _, said = self.core(core)
        self.assertEqual(said["object"]["type"], "t.Node")

    def test_with_everything(self):
        _, said = self.core(self.made(EVERYTHING))
        self.assertEqual(said["suppress"], "crash-dead-object:node_str")

    def test_without_the_files(self):
        core, live = Cores.kernel(crash=1)
        done, said = self.elsewhere(core)
        self.assertEqual(said["kind"], "crash-dead-object")
        self.assertEqual(said["object"], live["object"])
        self.assertEqual([stack["python"] for stack in said["stacks"]],
                         [stack["python"] for stack in live["stacks"]])
        self.assertEqual(said["stacks"][0]["frames"][0]["address"],
                         live["stacks"][0]["frames"][0]["address"])
        self.assertIn("<t.Node>, dead", done.stdout)

    def test_a_file_that_was_built_again(self):
        core, _ = Cores.kernel(crash=1)
        module = Cores.folder / "t.so"
        kept = module.read_bytes()
        module.unlink()
        try:
            module.write_bytes(pathlib.Path(making.LIBRARY).read_bytes())
            done, said = self.core(core)
        finally:
            module.unlink()
            module.write_bytes(kept)
        self.assertRegex(done.stdout,
                         r"t\.so is not the one that\s+was loaded")
        self.assertIsNone(said["stacks"][0]["frames"][0]["function"])

    def test_exe(self):
        """The program is somewhere else."""
        core, live = Cores.kernel(crash=1)
        program = live["host"] and os.path.realpath(shutil.which(PYTHON))
        other = self.folder / "python-elsewhere"
        shutil.copy(program, other)
        _, said = self.core(core, "--exe", other)
        self.assertEqual(said["fingerprint"], live["fingerprint"])
        done, _ = self.core(core, "--exe", making.LIBRARY)
        self.assertIn("is not the one that", done.stdout)
        self.refused(core, "there is no file", "--exe", self.folder / "none")


@making.NEEDS_GDB
class TestGdb(CoreTest):
    def by_gdb(self, program, **options):
        Cores.make()
        core = making.by_gdb([PYTHON, "-s", program], Cores.folder,
                             neutralise=0, **options)
        self.addCleanup(core.unlink)
        return self.core(core)

    def test_stopped_at_the_crash(self):
        Cores.make()
        done, said = self.by_gdb(Cores.program)
        self.assertEqual(said["kind"], "crash-dead-object")
        self.assertEqual(said["suppress"], "crash-dead-object:node_str")
        self.assertIn("SIGSEGV at address 0x0: nothing is mapped there",
                      done.stdout)

    def test_alive(self):
        """Says where it is, and has no finding."""
        Cores.make()
        folder = Cores.folder / "alive"
        folder.mkdir()
        shutil.copy(Cores.folder / "t.so", folder)
        program = making.write_program(
            folder, "import os; os.kill(os.getpid(), 10)")
        core = making.by_gdb([PYTHON, "-s", program], folder, neutralise=0)
        done = self.refsan("triage", "core", core)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn("the process had not crashed", done.stdout)
        self.assertIn("before_use < drop_and_use:12 < main:20", done.stdout)
        self.assertRegex(done.stdout, r"decref +0x\w+ +1 -> 0 +drop")
        self.refused(core, "had not crashed")


@making.NEEDS_KERNEL
class TestPage(CoreTest):
    """What docs/triage.md shows is what is said."""
    PAGE = making.ROOT / "docs/triage.md"
    SHOWN = re.compile(r"(\n\$ refsan triage core core\n)(.*?)(```\n)", re.DOTALL)
    is_written = False

    @staticmethod
    def words(said):
        """The words, without what differs from run to run: numbers, and what
        happens to stand on a stack."""
        kept, is_kept = [], True
        for line in said.splitlines():
            if line[:2] == "  " and line[2] != " ":
                is_kept = line.strip() not in (
                    "registers", "pointers to known objects")
            if is_kept:
                kept += re.sub(r"0x[0-9a-f]+|CPython [\w.]+", "N",
                               line).split()
        return kept

    def test_page(self):
        if PYTHON.endswith("t"):
            self.skipTest("the page shows the default build")
        shutil.copy(making.SOURCE, self.folder / "node.c")
        making.build_module(PYTHON, self.folder, self.folder / "node.c")
        making.write_program(self.folder)
        made, _ = making.by_kernel([PYTHON, "-s", "run.py"], self.folder,
                                   crash=0, neutralise=0)
        made.rename(self.folder / "core")
        said = self.refsan("triage", "core", "core",
                           environment={"COLUMNS": "80"}).stdout
        page = self.PAGE.read_text()
        if self.is_written:
            page = self.SHOWN.sub(lambda match: match[1] + said + match[3],
                                  page)
            self.PAGE.write_text(page)
        self.assertEqual(self.words(self.SHOWN.search(page)[2]),
                         self.words(said))


if __name__ == "__main__":
    if sys.argv[1:] == ["--write"]:
        sys.argv[1:] = ["TestPage"]
        TestPage.is_written = True
    sys.exit(unittest.main())
